/** The list with this one in it, or without. */
export function toggled<Value>(list: readonly Value[], value: Value, isIn: boolean): Value[] {
  const others = list.filter((other) => other !== value);
  return isIn ? [...others, value] : others;
}
