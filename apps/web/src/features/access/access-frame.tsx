import { useEffect, useRef } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { Page } from '../../components/page.tsx';
import { useAccessTexts } from './use-access-texts.ts';

/** What the four parts of access have in common: the heading, and the way from one to another. */
export function AccessFrame() {
  const { texts } = useAccessTexts();
  const { pathname } = useLocation();
  const nav = useRef<HTMLElement>(null);
  // Where the row is wider than the page, the current one may be outside.
  useEffect(() => {
    const links = [...(nav.current?.querySelectorAll('a') ?? [])];
    const current = links.find((link) => link.getAttribute('href') === pathname);
    current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname]);
  const sections = [
    { to: '/access', label: texts.keys.title },
    { to: '/access/proxies', label: texts.proxies.title },
    { to: '/access/activity', label: texts.activity.title },
    { to: '/access/limits', label: texts.limits.title },
  ];
  const current = sections.find(({ to }) => to === pathname.replace(/\/$/, ''));
  return (
    <Page title={texts.title} tabTitle={current && `${current.label} · ${texts.title}`} lead={texts.lead}>
      <nav
        ref={nav}
        aria-label={texts.sections}
        className="-mt-2 flex gap-6 overflow-x-auto border-b border-line [scrollbar-width:none]"
      >
        {sections.map(({ to, label }) => (
          <NavLink
            key={to}
            to={to}
            end
            className="-mb-px inline-flex min-h-11 shrink-0 items-center border-b-2 border-transparent whitespace-nowrap text-ink-soft transition-colors duration-150 -outline-offset-2! hover:text-ink aria-[current=page]:border-ink aria-[current=page]:text-ink"
          >
            {label}
          </NavLink>
        ))}
      </nav>
      <Outlet />
    </Page>
  );
}
