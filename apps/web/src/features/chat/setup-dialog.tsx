import { TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { SetupFields } from '../../components/setup-fields.tsx';
import { describeFailure, inWords, type Failure } from '../../lib/failure.ts';
import { optionsForm, readOptions } from '../../lib/generation-options.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type SetupDialogProps = { threadId: string; isOpen: boolean; onClose: () => void };

/** System prompt and options of one conversation, also of the one that is about to begin. */
export function SetupDialog({ threadId, isOpen, onClose }: SetupDialogProps) {
  const texts = useTexts().models;
  return (
    <Dialog isOpen={isOpen} onClose={onClose} label={texts.settings} place="sheet">
      {isOpen && <SetupForm key={threadId} threadId={threadId} onClose={onClose} />}
    </Dialog>
  );
}

function SetupForm({ threadId, onClose }: Omit<SetupDialogProps, 'isOpen'>) {
  const { chat } = useServices();
  const texts = useTexts();
  const [before] = useState(() => chat.setupOf(threadId));
  const [systemPrompt, setSystemPrompt] = useState(before.systemPrompt);
  const [options, setOptions] = useState(() => optionsForm(before.options));
  const [failed, setFailed] = useState<Failure>();
  const failure = failed && inWords(failed, texts);
  const [isSaving, setSaving] = useState(false);

  async function save(): Promise<void> {
    setSaving(true);
    try {
      await chat.configure(threadId, { systemPrompt: systemPrompt.trim(), options: readOptions(options) });
      onClose();
    } catch (error) {
      setFailed(describeFailure(error));
    } finally {
      setSaving(false);
    }
  }

  return (
    <form
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="flex flex-col gap-1">
        <h2 className="text-title font-strong">{texts.models.settings}</h2>
        <p className="text-ink-soft">{texts.models.settingsLead}</p>
      </div>
      <SetupFields
        systemPrompt={systemPrompt}
        onSystemPrompt={setSystemPrompt}
        options={options}
        onOptions={setOptions}
      />
      {failure && (
        <Notice icon={TriangleAlert} tone="bad" title={failure.title} role="alert">
          {failure.detail && <p className="text-ink-soft">{failure.detail}</p>}
        </Notice>
      )}
      <div className="flex justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button look="primary" type="submit" disabled={isSaving}>
          {texts.models.save}
        </Button>
      </div>
    </form>
  );
}
