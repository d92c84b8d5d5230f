import { Page } from '../../components/page.tsx';

export function ComputersPage() {
  return <Page title="Computers">{null}</Page>;
}
