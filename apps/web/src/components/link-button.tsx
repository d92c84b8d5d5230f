import { buttonClasses, type ButtonLook } from './button.tsx';
import { Link, type LinkProps } from './link.tsx';

export type LinkButtonProps = LinkProps & { look?: ButtonLook };

/** A link that looks like a button: it leads somewhere, and that is the next step. */
export function LinkButton({ look = 'plain', className = '', ...rest }: LinkButtonProps) {
  return <Link {...rest} className={`${buttonClasses(look)} ${className}`} />;
}
