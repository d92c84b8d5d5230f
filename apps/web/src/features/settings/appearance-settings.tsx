import type { AccountSettings } from '@cloudtolocalllm/sdk';
import { useServices } from '../../lib/services.ts';
import { useStore } from '../../lib/use-store.ts';
import { LANGUAGES } from '../../texts/texts.ts';
import { Choice } from './choice.tsx';
import { Select } from './select.tsx';
import { SettingsSection } from './setting.tsx';
import { useWords } from './use-words.ts';

/** How the app looks and speaks. */
export function AppearanceSettings() {
  const { settings } = useServices();
  const words = useWords();
  const { theme, textSize, language } = useStore(settings);
  const languages = [
    { value: 'system', label: words.systemLanguage },
    ...Object.entries(LANGUAGES).map(([value, label]) => ({ value, label, lang: value })),
  ];
  return (
    <SettingsSection title={words.appearance}>
      <Choice
        label={words.theme}
        value={theme}
        options={words.themes}
        onChange={(next) => void settings.change({ theme: next })}
      />
      <Choice
        label={words.textSize}
        value={textSize}
        options={words.textSizes}
        onChange={(next) => void settings.change({ textSize: next })}
      />
      <Select
        label={words.language}
        value={language}
        options={languages}
        // as: the values above are its values
        onChange={(next) => void settings.change({ language: next as AccountSettings['language'] })}
      />
    </SettingsSection>
  );
}
