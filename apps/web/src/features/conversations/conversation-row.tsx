import { Archive, ArchiveRestore, Download, Ellipsis, FileText, Pencil, Pin, PinOff, Trash2 } from 'lucide-react';
import type { Conversation } from '@cloudtolocalllm/sdk';
import { Link } from '../../components/link.tsx';
import { Menu } from '../../components/menu.tsx';
import { conversationPath } from '../../lib/router.ts';
import { useServices } from '../../lib/services.ts';

export type ConversationRowProps = {
  conversation: Conversation;
  isCurrent: boolean;
  onOpen?: () => void;
  onRename: () => void;
};

/** A conversation in the list, and what can be done with it. */
export function ConversationRow({ conversation, isCurrent, onOpen, onRename }: ConversationRowProps) {
  const { actions } = useServices();
  const { id, title, pinned, archived } = conversation;
  const items = [
    { icon: Pencil, label: 'Rename', onSelect: onRename },
    {
      icon: pinned ? PinOff : Pin,
      label: pinned ? 'Unpin' : 'Pin',
      onSelect: () => void actions.pin(conversation, !pinned),
    },
    {
      icon: archived ? ArchiveRestore : Archive,
      label: archived ? 'Take out of the archive' : 'Archive',
      onSelect: () => void actions.archive(conversation, !archived),
    },
    { icon: Download, label: 'Export as JSON', onSelect: () => void actions.export(conversation, 'json') },
    { icon: FileText, label: 'Export as Markdown', onSelect: () => void actions.export(conversation, 'markdown') },
    { icon: Trash2, label: 'Delete', onSelect: () => void actions.remove(conversation), isDangerous: true },
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
        label={`What to do with “${title}”`}
        size="small"
        items={items}
        className="me-1.5 lg:absolute lg:inset-e-0 lg:opacity-0 lg:group-hover/row:opacity-100 lg:group-has-focus-visible/row:opacity-100"
      />
    </li>
  );
}
