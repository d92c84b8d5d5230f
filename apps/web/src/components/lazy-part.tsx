import { Component, Suspense, type ReactNode } from 'react';

export type LazyPartProps = {
  /** Stands there until the part has come, and when it doesn't: after an update of the relay, or off line. */
  instead?: ReactNode;
  children: ReactNode;
};

/** A part of a message that is fetched when it is first needed; what can't be fetched or drawn takes nothing along. */
export class LazyPart extends Component<LazyPartProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    const { instead, children } = this.props;
    return this.state.hasFailed ? instead : <Suspense fallback={instead}>{children}</Suspense>;
  }
}
