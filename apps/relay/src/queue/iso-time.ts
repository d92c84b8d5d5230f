/** ISO 8601, as the database has it. */
export function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
