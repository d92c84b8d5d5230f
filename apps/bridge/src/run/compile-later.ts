import { setFlagsFromString } from 'node:v8';

/** Where V8 has both of its optimising compilers, and uses them unless told otherwise. */
const ARCHITECTURES: ReadonlySet<string> = new Set(['arm64', 'x64']);
const COMPILERS = ['maglev', 'opt'];

/**
 * Nothing is compiled any more until the returned function is called, once: what little an idle bridge does, again and
 * again, is not worth it. Measured, V8's compilers and what they make are 9 MB of it.
 */
export function compileLater(): () => void {
  if (!ARCHITECTURES.has(process.arch)) return () => {};
  for (const compiler of COMPILERS) setFlagsFromString(`--no-${compiler}`);
  let isLater = true;
  return () => {
    if (!isLater) return;
    isLater = false;
    for (const compiler of COMPILERS) setFlagsFromString(`--${compiler}`);
  };
}
