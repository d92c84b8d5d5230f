import { Download } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/text-field.tsx';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { PullRow } from './pull-row.tsx';

/** As many characters as the relay takes. */
const MAX_MODEL = 200;

/** Downloads a model by its name, and shows those that are on their way. */
export function PullSection({ bridgeId }: { bridgeId: string }) {
  const { pulls } = useServices();
  const texts = useTexts().computers;
  const all = useStore(pulls);
  const [model, setModel] = useState('');
  const name = model.trim();
  return (
    <section aria-label={texts.pullTitle} className="flex flex-col gap-3">
      <form
        className="flex flex-wrap items-end gap-x-2 gap-y-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (name === '') return;
          pulls.start(bridgeId, name);
          setModel('');
        }}
      >
        <TextField
          label={texts.pullTitle}
          placeholder={texts.pullLabel}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          maxLength={MAX_MODEL}
          value={model}
          onChange={(event) => setModel(event.target.value)}
          className="flex-1 basis-48"
        />
        <Button type="submit" disabled={name === ''}>
          <Download aria-hidden className="size-4" strokeWidth={1.75} />
          {texts.pull}
        </Button>
        <p className="basis-full text-caption text-ink-soft">{texts.pullHint}</p>
      </form>
      {all
        .filter((one) => one.bridgeId === bridgeId)
        .map((one) => (
          <PullRow key={one.model} pull={one} />
        ))}
    </section>
  );
}
