import { useEffect, useRef, useState } from 'react';

/** A value that changes often, taken over once in so many milliseconds; at once for 0. */
export function useThrottled<T>(value: T, milliseconds: number): T {
  const [taken, setTaken] = useState(value);
  const takenAt = useRef(0);
  useEffect(() => {
    if (milliseconds === 0) return undefined;
    const wait = Math.max(0, takenAt.current + milliseconds - performance.now());
    const timer = setTimeout(() => {
      takenAt.current = performance.now();
      setTaken(value);
    }, wait);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return milliseconds === 0 ? value : taken;
}
