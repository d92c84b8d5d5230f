import type { ButtonHTMLAttributes } from 'react';

const LOOKS = {
  primary: 'bg-ink text-canvas hover:bg-ink-hover',
  plain: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-ink hover:bg-hover',
  danger: 'bg-bad-fill text-on-bad hover:opacity-90',
} as const;

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { look?: keyof typeof LOOKS };

export function Button({ look = 'plain', className = '', type = 'button', ...rest }: ButtonProps) {
  const shape = 'inline-flex min-h-11 items-center justify-center gap-2 rounded-card px-4 text-ui font-strong';
  return (
    <button
      type={type}
      className={`${shape} transition-colors duration-150 disabled:opacity-45 ${LOOKS[look]} ${className}`}
      {...rest}
    />
  );
}
