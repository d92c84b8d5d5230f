import { Component, Suspense, type ReactNode } from 'react';
import { forgetFailed } from './lazily.tsx';

export type LazyPartProps = {
  /** Stands there until the part has come, and when it doesn't: after an update of the relay, or off line. */
  instead?: ReactNode;
  /** What stands there instead when it doesn't come. */
  renderFailed?: (tryAgain: () => void) => ReactNode;
  onFailed?: () => void;
  children: ReactNode;
};

/** A part that is fetched when it is first needed; what can't be fetched or drawn takes nothing along. */
export class LazyPart extends Component<LazyPartProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override componentDidCatch(): void {
    forgetFailed();
    this.props.onFailed?.();
  }

  override render(): ReactNode {
    const { instead, renderFailed, children } = this.props;
    if (!this.state.hasFailed) return <Suspense fallback={instead}>{children}</Suspense>;
    return renderFailed === undefined ? instead : renderFailed(() => this.setState({ hasFailed: false }));
  }
}
