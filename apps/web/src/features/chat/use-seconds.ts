import { useEffect, useState } from 'react';

const SECOND_MS = 1_000;

/** Whole seconds since `what` began, while it goes on; another `what` begins anew, undefined stops. */
export function useSeconds(what: string | undefined): number {
  const [elapsed, setElapsed] = useState<{ what: string | undefined; seconds: number }>({ what, seconds: 0 });
  useEffect(() => {
    if (what === undefined) return undefined;
    const begin = performance.now();
    const timer = setInterval(
      () => setElapsed({ what, seconds: Math.round((performance.now() - begin) / SECOND_MS) }),
      SECOND_MS,
    );
    return () => clearInterval(timer);
  }, [what]);
  // What has stopped keeps its time; what has just begun has none yet.
  return what === undefined || elapsed.what === what ? elapsed.seconds : 0;
}
