import { Starters } from '../../components/starters.tsx';
import { useTexts } from '../../lib/use-texts.ts';

export type WelcomeProps = {
  model: string | undefined;
  computer: string | undefined;
  /** Takes a question to begin with. */
  onPick: (text: string) => void;
};

/** The empty conversation. */
export function Welcome({ model, computer, onPick }: WelcomeProps) {
  const texts = useTexts().models;
  return (
    <div className="flex flex-col justify-center gap-6 max-sm:min-h-full max-sm:py-4 sm:pt-4 sm:pb-8">
      <div className="flex flex-col gap-2 text-center">
        <h1 className="text-display font-strong tracking-tight text-balance">{texts.welcome}</h1>
        <p className="text-body text-balance text-ink-soft">
          {model === undefined || computer === undefined ? texts.answeredAtHome : texts.answeredBy(model, computer)}
        </p>
      </div>
      {model !== undefined && <Starters onPick={onPick} />}
    </div>
  );
}
