import { useState } from 'react';
import { Disclosure } from '../../components/disclosure.tsx';
import { FailureLine } from '../../components/failure-line.tsx';
import { CheckField, FieldGroup, SelectField, TextField } from '../../components/field.tsx';
import { FormButtons } from '../../components/form-buttons.tsx';
import { modelsOf } from '../../lib/computer-state.ts';
import { describeFailure, type Failure } from '../../lib/failure.ts';
import {
  EXPIRIES,
  NEW_KEY,
  readKeyDraft,
  refusedKeyFields,
  SCOPES,
  type KeyDraft,
  type KeyField,
  type KeyProblems,
} from '../../lib/key-draft.ts';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';

import type { NewKey } from './key-dialog.tsx';
import type { MakeForm } from './make-dialog.tsx';
import { toggled } from './toggled.ts';
import { useAccessTexts } from './use-access-texts.ts';

/** As many characters as the relay takes. */
const MAX_NAME = 100;

export function KeyForm({ onMade, onCancel, onBusy }: MakeForm<NewKey>) {
  const { client, computers } = useServices();
  const { texts } = useAccessTexts();
  const { form, scopes, expiries } = texts.keys;
  const list = useStore(computers, (value) => value.list);
  const [draft, setDraft] = useState(NEW_KEY);
  const [problems, setProblems] = useState<KeyProblems>({});
  const [failure, setFailure] = useState<Failure>();
  const [isBusy, setBusy] = useState(false);
  const change = (changes: Partial<KeyDraft>): void => setDraft({ ...draft, ...changes });
  const problem = (field: KeyField): string | undefined => {
    const found = problems[field];
    if (found === undefined) return undefined;
    return found.kind === 'other' ? found.message : texts.problems[found.kind];
  };
  const models = modelsOf(
    draft.bridges.length === 0 ? list : list.filter(({ bridgeId }) => draft.bridges.includes(bridgeId)),
  );

  async function submit(): Promise<void> {
    const read = readKeyDraft(draft, Date.now());
    setFailure(undefined);
    setProblems('problems' in read ? read.problems : {});
    if ('problems' in read) return;
    setBusy(true);
    onBusy(true);
    try {
      // Not through the query client: what it remembers outlives this dialog.
      onMade(await client.keys.create(read.request));
    } catch (error) {
      const refused = refusedKeyFields(error);
      if (refused) setProblems(refused);
      else setFailure(describeFailure(error));
      setBusy(false);
      onBusy(false);
    }
  }

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
      <TextField
        label={form.name}
        hint={form.nameHint}
        problem={problem('name')}
        value={draft.name}
        maxLength={MAX_NAME}
        autoComplete="off"
        onChange={(name) => change({ name })}
      />
      <FieldGroup label={form.scopes} problem={problem('scopes')}>
        <div className="pt-1 sm:grid sm:grid-cols-2 sm:gap-x-6">
          {SCOPES.map((scope) => (
            <CheckField
              key={scope}
              label={scopes[scope].name}
              hint={scopes[scope].hint}
              isChecked={draft.scopes.includes(scope)}
              onChange={(isChecked) => change({ scopes: toggled(draft.scopes, scope, isChecked) })}
            />
          ))}
        </div>
      </FieldGroup>
      <div className="grid gap-4 sm:grid-cols-2 sm:gap-6">
        <SelectField
          label={form.expiry}
          value={draft.expiry}
          options={EXPIRIES.map((value) => ({ value, label: expiries[value] }))}
          onChange={(expiry) => change({ expiry })}
        />
        {draft.expiry === 'date' && (
          <TextField
            type="date"
            label={form.date}
            problem={problem('date')}
            value={draft.date}
            onChange={(date) => change({ date })}
          />
        )}
      </div>
      {list.length > 0 && (
        <Disclosure label={form.narrow} isForcedOpen={problems.bridges !== undefined || problems.models !== undefined}>
          <div className="grid gap-4 sm:grid-cols-2 sm:gap-6">
            <FieldGroup label={form.computers} hint={form.computersHint} problem={problem('bridges')}>
              <div className="max-h-48 overflow-y-auto pt-1">
                {list.map(({ bridgeId, name }) => (
                  <CheckField
                    key={bridgeId}
                    label={name}
                    isChecked={draft.bridges.includes(bridgeId)}
                    onChange={(isChecked) =>
                      change({ bridges: toggled(draft.bridges, bridgeId, isChecked), models: [] })
                    }
                  />
                ))}
              </div>
            </FieldGroup>
            {models.length > 0 && (
              <FieldGroup label={form.models} hint={form.modelsHint} problem={problem('models')}>
                <div className="max-h-48 overflow-y-auto pt-1">
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
          </div>
        </Disclosure>
      )}
      <FailureLine failure={failure} />
      <FormButtons submit={form.submit} isBusy={isBusy} onCancel={onCancel} />
    </form>
  );
}
