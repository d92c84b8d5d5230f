import type { Command } from '../../lib/shortcuts.ts';

const commands: Record<Command, string> = {
  palette: 'Do something',
  newChat: 'New chat',
  search: 'Search conversations',
  focusComposer: 'Go to the message field',
  stop: 'Stop the answer',
  copyLast: 'Copy the last answer',
  sidebar: 'Show or hide the sidebar',
  computers: 'Your computers',
  settings: 'Settings',
  help: 'Keyboard shortcuts',
};

/** What stands around the pages: sidebar, menus, command palette. */
export const shell = {
  skip: 'Skip to the content',
  sidebar: 'Sidebar',
  drawer: 'Conversations and computers',
  openMenu: 'Open the menu',
  newChat: 'New chat',
  pages: 'Pages',
  computers: 'Computers',
  access: 'Access',
  settings: 'Settings',
  more: 'More',
  signOut: 'Sign out',
  allConversations: 'All conversations',
  archived: 'Archived conversations',
  import: 'Import',
  exportAll: 'Export everything',
  guide: 'Connect a computer',
  shortcuts: 'Keyboard shortcuts',
  paletteHint: 'What do you want to do?',
  paletteEmpty: 'Nothing by that name',
  themeDark: 'Dark theme',
  themeLight: 'Light theme',
  conversation: 'Conversation',
  pageFailed: 'This page couldn’t be loaded',
  pageFailedHint: 'The relay may have a new version, or the connection was lost for a moment',
  reload: 'Reload',
  commands,
};
