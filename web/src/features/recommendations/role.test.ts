// @vitest-environment jsdom
import { expect, test } from "vitest";
import { remember, roleOf } from "./role";

test("the address decides, then what was chosen last, and developers come first", () => {
  expect(roleOf(undefined)).toBe("developer");
  remember("investor");
  expect(roleOf(undefined)).toBe("investor");
  expect(roleOf("executive")).toBe("executive");
});

test("what is remembered wrongly counts as not remembered", () => {
  localStorage.setItem("nophantom.role", "astronaut");
  expect(roleOf(undefined)).toBe("developer");
});
