import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { isTokenWanted, onTokenChange } from "@/api/token";
import { NAVIGATION } from "./navigation";
import { PATHS } from "./paths";
import { SchemeToggle } from "./scheme-toggle";
import styles from "./shell.module.css";

const TokenForm = lazy(() => import("./token-form"));

/** The frame of every page: skip link, header, menu, main content. */
export function Shell() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const tokenWanted = useSyncExternalStore(onTokenChange, isTokenWanted);
  const main = useFocusOnNewPage(close);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "sm", sm: "lg" }}
    >
      <a className={styles.skip} href="#main">
        {t("shell.skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              hiddenFrom="sm"
              size="sm"
              opened={opened}
              onClick={toggle}
              aria-expanded={opened}
              aria-controls="menu"
              aria-label={t("shell.menu")}
            />
            <Link to={PATHS.overview} className={styles.brand}>
              <img src="/favicon.svg" width={24} height={24} alt="" />
              {t("shell.product")}
            </Link>
          </Group>
          <SchemeToggle />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="menu" p="sm" aria-label={t("shell.navigation")}>
        <Menu />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} ref={main} className={styles.main}>
        {tokenWanted ? (
          <Suspense fallback={null}>
            <TokenForm />
          </Suspense>
        ) : null}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Menu() {
  const { t } = useTranslation();
  return NAVIGATION.map(({ title, links }) => (
    <div key={title ?? "top"} className={styles.group}>
      {title ? <h2 className={styles.groupTitle}>{t(title)}</h2> : null}
      <ul className={styles.links}>
        {links.map(({ to, label, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              className={styles.link}
              activeOptions={{ exact: to === PATHS.overview, includeSearch: false }}
            >
              <Icon size={17} aria-hidden />
              {t(label)}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  ));
}

/** A new page starts at its own content: the menu closes, and the keyboard is there too. */
function useFocusOnNewPage(close: () => void) {
  const main = useRef<HTMLElement>(null);
  const path = useLocation({ select: (location) => location.pathname });
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return; // the first page keeps the browser's own focus
    shown.current = path;
    close();
    main.current?.focus({ preventScroll: true });
  }, [path, close]);
  return main;
}
