import { lazy, type ComponentType } from 'react';

/** What makes those anew that could not be fetched. */
const failed = new Set<() => void>();

/** A component that is fetched when it is first shown, below a `LazyPart`. Unlike React's, it can be fetched again. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  const make = () =>
    lazy(async () => {
      try {
        return { default: await load() };
      } catch (error) {
        failed.add(() => void (Part = make()));
        throw error;
      }
    });
  let Part = make();
  return function Lazily(props: Props) {
    return <Part {...props} />;
  };
}

/** What could not be fetched is asked for again when it is next shown. Not earlier: React would ask on and on. */
export function forgetFailed(): void {
  for (const forget of failed) forget();
  failed.clear();
}
