import type { Notices } from '../en/notices.ts';

export const notices: Notices = {
  answer: 'Die Antwort ist fertig.',
  offline: 'Dein Computer ist offline gegangen.',
  online: 'Dein Computer ist wieder online.',
  test: 'Benachrichtigungen kommen auf diesem Gerät an.',
  other: 'Es gibt etwas Neues.',
};
