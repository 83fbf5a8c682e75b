import { Anchor, type AnchorProps, Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes } from "react";
import styles from "./data-table.module.css";

type Native = AnchorProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof AnchorProps>;

/** A link to another page of ours, with typed routes, parameters and search. */
export const PageLink = createLink((props: Native) => <Anchor inherit {...props} />);

/** The same in the first cell of a row: the whole row can be clicked. */
export const RowLink = createLink((props: Native) => (
  <Anchor inherit {...props} className={styles.rowLink} />
));

type NativeButton = ButtonProps & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>;

/** A link that looks like a button: the next step of a page. */
export const ButtonLink = createLink((props: NativeButton) => <Button component="a" {...props} />);
