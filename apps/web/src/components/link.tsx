import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { useServices } from '../lib/services.ts';

export type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string; onOpen?: () => void };

/** A link inside the app: a real one, so that a new tab, a middle click and copying its address work. */
export function Link({ to, onOpen, children, ...rest }: LinkProps) {
  const { router } = useServices();
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    router.navigate(to);
    onOpen?.();
  };
  return (
    <a href={to} onClick={onClick} {...rest}>
      {children}
    </a>
  );
}
