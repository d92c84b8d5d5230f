import { useTexts } from '../lib/use-texts.ts';
import type { OptionsForm } from '../lib/generation-options.ts';
import { SelectField, TextArea, TextField } from './text-field.tsx';

export type SetupFieldsProps = {
  systemPrompt: string;
  onSystemPrompt: (text: string) => void;
  options: OptionsForm;
  onOptions: (options: OptionsForm) => void;
};

/** What the relay takes, so that the browser says what is wrong before it does. */
const NUMBERS = [
  ['temperature', { min: 0, max: 10, step: 'any' }],
  ['top_p', { min: 0, max: 1, step: 'any' }],
  ['num_ctx', { min: 1, max: 10_000_000, step: 1 }],
  ['seed', { min: -2_147_483_648, max: 2_147_483_647, step: 1 }],
] as const;
const DURATION = String.raw`-?\d{1,6}(ns|us|ms|s|m|h)?`;
const MAX_PROMPT = 200_000;

/** The system prompt and the options of a model, in a form. */
export function SetupFields({ systemPrompt, onSystemPrompt, options, onOptions }: SetupFieldsProps) {
  const texts = useTexts().models;
  const change = (name: keyof OptionsForm) => (text: string) => onOptions({ ...options, [name]: text });
  return (
    <div className="flex flex-col gap-5">
      <TextArea
        label={texts.systemPrompt}
        hint={texts.systemPromptHint}
        rows={4}
        maxLength={MAX_PROMPT}
        value={systemPrompt}
        onChange={onSystemPrompt}
      />
      <div className="grid gap-x-4 gap-y-5 sm:grid-cols-2">
        {NUMBERS.map(([name, limits]) => (
          <TextField
            key={name}
            {...texts.options[name]}
            {...limits}
            type="number"
            inputMode="decimal"
            value={options[name]}
            onChange={(event) => change(name)(event.target.value)}
          />
        ))}
        <TextField
          {...texts.options.keep_alive}
          pattern={DURATION}
          value={options.keep_alive}
          onChange={(event) => change('keep_alive')(event.target.value)}
        />
        <SelectField
          {...texts.options.think}
          value={options.think}
          onChange={change('think')}
          choices={[
            ['', texts.think.default],
            ['true', texts.think.true],
            ['false', texts.think.false],
            ['low', texts.think.low],
            ['medium', texts.think.medium],
            ['high', texts.think.high],
          ]}
        />
      </div>
      <TextArea {...texts.options.stop} rows={2} value={options.stop} onChange={change('stop')} />
    </div>
  );
}
