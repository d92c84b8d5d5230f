import { useMemo } from 'react';
import { modelsOf } from '../../lib/computer-state.ts';
import { optionsForm } from '../../lib/generation-options.ts';
import { useServices } from '../../lib/services.ts';
import { shownKeys } from '../../lib/shortcuts.ts';
import { useStore } from '../../lib/use-store.ts';
import { useTexts } from '../../lib/use-texts.ts';
import { Choice } from './choice.tsx';
import { thinkingOf, WRITTEN_OPTIONS, withOption, withThinking } from './model-options.ts';
import { Select } from './select.tsx';
import { SettingsSection } from './setting.tsx';
import { TextSetting } from './text-setting.tsx';
import { useWords } from './use-words.ts';

/** As many characters as the relay takes. */
const MAX_PROMPT = 200_000;

/** How one writes, and what new chats begin with. */
export function ChatSettings() {
  const { settings, computers } = useServices();
  const words = useWords();
  const { models: shared } = useTexts();
  const { sendKey, defaultModel, systemPrompt, options } = useStore(settings);
  const form = optionsForm(options);
  const list = useStore(computers, (value) => value.list);
  const models = useMemo(() => modelsOf(list).map(({ name }) => name), [list]);
  const isAway = defaultModel !== null && !models.includes(defaultModel);
  const [mod = ''] = shownKeys('palette', navigator.platform);
  return (
    <>
      <SettingsSection title={words.chat}>
        <Choice
          label={words.sendKey}
          hint={words.sendKeyHint}
          value={sendKey}
          options={{ enter: words.sendKeys.enter, 'mod-enter': words.sendKeys['mod-enter'](mod) }}
          onChange={(next) => void settings.change({ sendKey: next })}
        />
      </SettingsSection>
      <SettingsSection title={words.newChats} lead={words.newChatsHint}>
        <Select
          label={words.model}
          hint={words.modelHint}
          value={defaultModel ?? ''}
          options={[
            { value: '', label: words.noModel },
            ...(isAway ? [{ value: defaultModel, label: words.modelAway(defaultModel) }] : []),
            ...models.map((name) => ({ value: name, label: name })),
          ]}
          onChange={(next) => void settings.change({ defaultModel: next === '' ? null : next })}
        />
        <div className="py-4">
          <TextSetting
            label={shared.systemPrompt}
            hint={shared.systemPromptHint}
            value={systemPrompt}
            lines={4}
            maxLength={MAX_PROMPT}
            onSave={(next) => settings.change({ systemPrompt: next })}
          />
        </div>
        <div className="flex flex-col gap-4 py-4">
          <div>
            <h3 className="font-strong">{words.options}</h3>
            <p className="text-ink-soft">{words.optionsHint}</p>
          </div>
          <div className="grid gap-4 sm:grid-cols-2">
            {WRITTEN_OPTIONS.map((name) => (
              <TextSetting
                key={name}
                {...shared.options[name]}
                value={form[name]}
                lines={name === 'stop' ? 2 : 1}
                problemOf={(text) => (withOption(options, name, text) ? undefined : words.optionProblem[name])}
                onSave={(text) => settings.change({ options: withOption(options, name, text) ?? options })}
              />
            ))}
          </div>
        </div>
        <Choice
          {...shared.options.think}
          value={thinkingOf(options)}
          options={shared.think}
          onChange={(next) => void settings.change({ options: withThinking(options, next) })}
        />
      </SettingsSection>
    </>
  );
}
