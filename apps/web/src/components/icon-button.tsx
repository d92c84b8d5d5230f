import type { LucideIcon } from 'lucide-react';
import type { ButtonHTMLAttributes } from 'react';

export type IconButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> & {
  icon: LucideIcon;
  label: string;
  /** 44 px, or 32 px that a finger still feels as 44. */
  size?: 'normal' | 'small';
};

export function IconButton({ icon: Icon, label, size = 'normal', className = '', ...rest }: IconButtonProps) {
  const shape = size === 'normal' ? 'size-11 rounded-card' : 'size-8 rounded-row touch-target';
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex shrink-0 items-center justify-center text-ink-soft transition-colors duration-150 hover:bg-hover hover:text-ink disabled:opacity-45 ${shape} ${className}`}
      {...rest}
    >
      <Icon aria-hidden className={size === 'normal' ? 'size-5' : 'size-4'} strokeWidth={1.75} />
    </button>
  );
}
