import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  primary: 'bg-ink text-canvas hover:bg-ink-hover',
  plain: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink hover:bg-hover',
  danger: 'bg-bad-fill text-on-bad hover:opacity-90',
} as const;

export type ButtonLook = keyof typeof LOOKS;
export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { look?: ButtonLook };

export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`${buttonClasses(look)} disabled:opacity-45 ${className}`} {...rest} />;
}

/** How a button looks, for what looks like one. */
export function buttonClasses(look: ButtonLook): string {
  const shape = 'inline-flex min-h-11 items-center justify-center gap-2 rounded-card px-4 text-ui font-strong';
  return `${shape} transition-colors duration-150 ${LOOKS[look]}`;
}
