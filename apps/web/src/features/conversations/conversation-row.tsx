import { Archive, ArchiveRestore, Download, Ellipsis, FileText, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Link } from '../../components/link.tsx';
import { Menu } from '../../components/menu.tsx';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';
import { useTexts } from '../../lib/use-texts.ts';

export type ConversationRowProps = {
  conversation: Conversation;
  isCurrent: boolean;
  onOpen?: () => void;
  onRename: () => void;
};

/** A conversation in the list, and what can be done with it. */
export function ConversationRow({ conversation, isCurrent, onOpen, onRename }: ConversationRowProps) {
  const { actions } = useServices();
  const texts = useTexts().conversations;
  const { id, title, pinned, archived } = conversation;
  const items = [
    { icon: Pencil, label: texts.rename, onSelect: onRename },
    {
      icon: pinned ? PinOff : Pin,
      label: pinned ? texts.unpin : texts.pin,
      onSelect: () => void actions.pin(conversation, !pinned),
    },
    {
      icon: archived ? ArchiveRestore : Archive,
      label: archived ? texts.unarchive : texts.archive,
      onSelect: () => void actions.archive(conversation, !archived),
    },
    { icon: Download, label: texts.exportJson, onSelect: () => void actions.export(conversation, 'json') },
    { icon: FileText, label: texts.exportMarkdown, onSelect: () => void actions.export(conversation, 'markdown') },
    { icon: Trash2, label: texts.remove, onSelect: () => void actions.remove(conversation), isDangerous: true },
  ];
  return (
    <li
      className={`group/row relative flex items-center rounded-row transition-colors duration-150 hover:bg-hover ${isCurrent ? 'bg-hover' : ''}`}
    >
      <Link
        to={conversationPath(id)}
        onOpen={onOpen}
        aria-current={isCurrent ? 'page' : undefined}
        className="min-w-0 flex-1 truncate rounded-row py-3 ps-3 pe-1 lg:py-2 lg:pe-3 lg:group-hover/row:pe-11 lg:group-has-focus-visible/row:pe-11"
      >
        {title}
      </Link>
      <Menu
        icon={Ellipsis}
        label={texts.menu(title)}
        size="small"
        items={items}
        className="me-1.5 lg:absolute lg:inset-e-0 lg:opacity-0 lg:group-hover/row:opacity-100 lg:group-has-focus-visible/row:opacity-100"
      />
    </li>
  );
}
