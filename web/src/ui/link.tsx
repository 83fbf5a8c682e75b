import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, ReactNode } from "react";
import styles from "./data-table.module.css";

type Native = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>;

/** A link to another page of ours, with typed routes, parameters and search. */
export const PageLink = createLink((props: Native) => <Anchor inherit {...props} />);

type TopicLinkProps = Pick<AnchorProps, "underline"> & {
  slug: string;
  /** In which snapshot it is shown, as the address says it; undefined is the latest. */
  snapshot: string | undefined;
  children: ReactNode;
};

/** A link to the page of a topic. */
export function TopicLink({ slug, snapshot, ...shown }: TopicLinkProps) {
  return <PageLink to="/signals/$slug" params={{ slug }} search={{ snapshot }} {...shown} />;
}

/** A page link in the first cell of a row: the whole row can be clicked. */
export const RowLink = createLink((props: Native) => (
  <Anchor inherit {...props} className={styles.rowLink} />
));

type NativeButton = ButtonProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>;

/** A link that looks like a button: the next step of a page. */
export const ButtonLink = createLink((props: NativeButton) => <Button component="a" {...props} />);
