/** The empty conversation. */
export function Welcome({ model, computer }: { model: string | undefined; computer: string | undefined }) {
  return (
    <div className="flex flex-col justify-center gap-2 text-center max-sm:h-full sm:pb-8">
      <h1 className="text-display font-strong tracking-tight text-balance">What’s on your mind?</h1>
      <p className="text-body text-balance text-ink-soft">
        {model === undefined || computer === undefined
          ? 'Answered at home, on a computer of your own.'
          : `Answered by ${model} on ${computer}.`}
      </p>
    </div>
  );
}
