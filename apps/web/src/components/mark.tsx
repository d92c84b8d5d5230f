export type MarkProps = { lit: boolean; className?: string };

/** The house; its window is lit while the computer at home can answer. Decoration: a word says the same beside it. */
export function Mark({ lit, className = 'size-6' }: MarkProps) {
  return (
    <svg viewBox="0 0 24 24" fill="none" aria-hidden className={`shrink-0 ${className}`}>
      <path
        d="M3.75 11 12 3.75 20.25 11v8.25a1 1 0 0 1-1 1H4.75a1 1 0 0 1-1-1z"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinejoin="round"
      />
      <rect
        x="9.25"
        y="11"
        width="5.5"
        height="5.5"
        rx="1"
        strokeWidth="1.4"
        className={`transition-colors duration-150 ${lit ? 'fill-lamp stroke-lamp' : 'fill-transparent stroke-ink-soft'}`}
      />
    </svg>
  );
}
