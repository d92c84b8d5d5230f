/** Three dots that come and go; the word beside them says what is waited for. */
export function WaitingDots() {
  return (
    <span aria-hidden className="inline-flex gap-1">
      <span className="size-1.5 animate-dot rounded-full bg-ink-soft" />
      <span className="size-1.5 animate-dot rounded-full bg-ink-soft [animation-delay:150ms]" />
      <span className="size-1.5 animate-dot rounded-full bg-ink-soft [animation-delay:300ms]" />
    </span>
  );
}
