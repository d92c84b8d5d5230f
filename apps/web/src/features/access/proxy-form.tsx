import { useState } from 'react';
import { Disclosure } from '../../components/disclosure.tsx';
import { FailureLine } from '../../components/failure-line.tsx';
import { CheckField, FieldGroup, SelectField, TextField } from '../../components/field.tsx';
import { FormButtons } from '../../components/form-buttons.tsx';
import { computerState, modelsOf } from '../../lib/computer-state.ts';
import { describeFailure, type Failure } from '../../lib/failure.ts';
import { NEW_DRAFT, readDraft, refusedFields, type ProxyDraft, type ProxyProblems } from '../../lib/proxy-draft.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { DurationField } from './duration-field.tsx';
import { problemWords } from './problem-words.ts';
import type { MadeProxy } from './proxy-dialog.tsx';
import type { MakeForm } from './make-dialog.tsx';
import { toggled } from './toggled.ts';
import { useAccessTexts } from './use-access-texts.ts';

/** As many characters as the relay takes. */
const MAX_NAME = 100;
const FOLDED = ['models', 'paths', 'maxRequests', 'maxConcurrent', 'maxTokens', 'maxMemory', 'maxCpu'] as const;

export function ProxyForm({ onMade, onCancel, onBusy }: MakeForm<MadeProxy>) {
  const { client, computers } = useServices();
  const { texts, language } = useAccessTexts();
  const { form } = texts.proxies;
  const list = useStore(computers, (value) => value.list);
  const [draft, setDraft] = useState<ProxyDraft>({ ...NEW_DRAFT, bridgeId: list[0]?.bridgeId ?? '' });
  const [problems, setProblems] = useState<ProxyProblems>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const change = (changes: Partial<ProxyDraft>): void => setDraft({ ...draft, ...changes });
  const problem = problemWords(problems, texts, language);
  // The computers may have come after the form.
  const bridgeId = draft.bridgeId === '' ? (list[0]?.bridgeId ?? '') : draft.bridgeId;
  const models = modelsOf(list.filter((computer) => computer.bridgeId === bridgeId));

  async function submit(): Promise<void> {
    const read = readDraft(draft);
    setFailure(undefined);
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    setBusy(true);
    onBusy(true);
    try {
      const name = draft.name.trim() === '' ? undefined : draft.name.trim();
      // Not through the query client: what it remembers outlives this dialog.
      onMade({ ...(await client.proxies.create(bridgeId, { ...read.config, name })), bridgeId, models: draft.models });
    } catch (error) {
      const refused = refusedFields(error);
      if (refused) setProblems(refused);
      else setFailure(describeFailure(error));
      setBusy(false);
      onBusy(false);
    }
  }

  const amount = (field: 'maxRequests' | 'maxConcurrent' | 'maxTokens' | 'maxMemory' | 'maxCpu', unit?: string) => (
    <TextField
      label={form[field]}
      problem={problem(field)}
      unit={unit}
      inputMode={field === 'maxCpu' ? 'decimal' : 'numeric'}
      placeholder={unit === undefined ? form.unlimited : undefined}
      value={draft[field]}
      autoComplete="off"
      onChange={(value) => change({ [field]: value })}
    />
  );
  return (
    <form
      noValidate
      className="flex min-w-0 flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 className="text-title font-strong">{form.title}</h2>
      {list.length === 0 && <p className="text-ink-soft">{form.noComputer}</p>}
      <div className="grid gap-4 sm:grid-cols-2 sm:gap-6">
        <TextField
          label={form.name}
          hint={form.nameHint}
          problem={problem('name')}
          value={draft.name}
          maxLength={MAX_NAME}
          autoComplete="off"
          onChange={(name) => change({ name })}
        />
        <SelectField
          label={form.computer}
          value={bridgeId}
          disabled={list.length === 0}
          options={list.map((computer) => ({
            value: computer.bridgeId,
            label: computerState(computer) === 'offline' ? form.offline(computer.name) : computer.name,
          }))}
          onChange={(value) => change({ bridgeId: value, models: [] })}
        />
        <DurationField
          label={form.lifetime}
          problem={problem('lifetime')}
          value={draft.lifetime}
          onChange={(lifetime) => change({ lifetime })}
        />
        <DurationField
          label={form.timeout}
          problem={problem('timeout')}
          value={draft.timeout}
          onChange={(timeout) => change({ timeout })}
        />
      </div>
      <Disclosure label={form.more} isForcedOpen={FOLDED.some((field) => problems[field] !== undefined)}>
        <div className="flex flex-col gap-4 sm:gap-6">
          {models.length > 0 && (
            <FieldGroup label={form.models} hint={form.modelsHint} problem={problem('models')}>
              <div className="max-h-48 overflow-y-auto pt-1 sm:grid sm:grid-cols-2 sm:gap-x-6">
                {models.map(({ name }) => (
                  <CheckField
                    key={name}
                    isMono
                    label={name}
                    isChecked={draft.models.includes(name)}
                    onChange={(isChecked) => change({ models: toggled(draft.models, name, isChecked) })}
                  />
                ))}
              </div>
            </FieldGroup>
          )}
          <TextField
            label={form.paths}
            hint={form.pathsHint}
            problem={problem('paths')}
            dir="ltr"
            spellCheck={false}
            autoCapitalize="none"
            autoComplete="off"
            value={draft.paths}
            onChange={(paths) => change({ paths })}
          />
          <div className="grid grid-cols-1 gap-4 sm:grid-cols-3 sm:gap-6">
            {amount('maxRequests')}
            {amount('maxConcurrent')}
            {amount('maxTokens')}
            {amount('maxMemory', form.megabytes)}
            {amount('maxCpu', form.cores)}
          </div>
        </div>
      </Disclosure>
      <FailureLine failure={failure} />
      <FormButtons submit={form.submit} isBusy={isBusy} isReady={bridgeId !== ''} onCancel={onCancel} />
    </form>
  );
}
