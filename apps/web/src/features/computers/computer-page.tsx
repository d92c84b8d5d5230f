import { Page } from '../../components/page.tsx';

export function ComputerPage() {
  return <Page title="Computer">{null}</Page>;
}
