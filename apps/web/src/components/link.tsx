import { Link as RouterLink, type LinkProps as RouterLinkProps } from 'react-router';

export type LinkProps = RouterLinkProps & { to: string; onOpen?: () => void };

/** A link inside the app: a real one, so that a new tab, a middle click and copying its address work. */
export function Link({ onOpen, onClick, ...rest }: LinkProps) {
  return (
    <RouterLink
      {...rest}
      onClick={(event) => {
        onClick?.(event);
        const isElsewhere = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
        if (!isElsewhere) onOpen?.();
      }}
    />
  );
}
