import { Square, Volume2 } from 'lucide-react';
import { IconButton } from '../../components/icon-button.tsx';
import { useTexts } from '../../lib/use-texts.ts';
import { useSpeech } from './use-speech.ts';

export function ReadAloudButton({ text }: { text: string }) {
  const texts = useTexts().messages;
  const speech = useSpeech(text);
  if (speech === undefined) return null;
  const { isSpeaking, toggle } = speech;
  return (
    <IconButton
      icon={isSpeaking ? Square : Volume2}
      label={isSpeaking ? texts.stopReading : texts.readAloud}
      size="small"
      onClick={toggle}
    />
  );
}
