import type { PushNotice } from '@cloudtolocalllm/sdk';
import { notices as german } from '../texts/de/notices.ts';
import { notices as english, type Notices } from '../texts/en/notices.ts';

export type Shown = { title: string; options: NotificationOptions & { data: { path: string } } };

const WORDS: Readonly<Record<string, Notices>> = { en: english, de: german };

/** A notice in the person's language, and where a press on it leads. What came must be shown, also when it is unknown. */
export function notificationOf(notice: PushNotice | undefined, languages: readonly string[]): Shown {
  const language = languages.map((tag) => tag.split('-')[0] ?? '').find((tag) => tag in WORDS) ?? 'en';
  const words = WORDS[language] ?? english;
  const shown = (title: string, body: string, path: string, tag?: string): Shown => ({
    title,
    options: { body, tag, lang: language, icon: '/icons/icon-192.png', badge: '/icons/badge-96.png', data: { path } },
  });
  switch (notice?.type) {
    case 'answer': {
      const path = `/c/${encodeURIComponent(notice.conversationId)}#${encodeURIComponent(notice.messageId)}`;
      return shown(notice.title, words.answer, path, notice.conversationId);
    }
    case 'computer': {
      const body = notice.status === 'connected' ? words.online : words.offline;
      return shown(notice.name, body, `/computers/${encodeURIComponent(notice.bridgeId)}`, notice.bridgeId);
    }
    case 'test':
      return shown('CloudToLocalLLM', words.test, '/settings', 'test');
    default:
      return shown('CloudToLocalLLM', words.other, '/');
  }
}

/** What a push service delivered, if it is one of ours. */
export function noticeIn(data: Pick<PushMessageData, 'json'> | null): PushNotice | undefined {
  try {
    return data?.json() as PushNotice | undefined; // as: the relay's, encrypted for this browser; unknown types are told apart
  } catch {
    return undefined;
  }
}
