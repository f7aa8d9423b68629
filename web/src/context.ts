import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { CANNOT, type Can } from "./api.ts";
import { sayer, type Language, type Say } from "./i18n.ts";

/** What every part of the page knows. */
export interface Shared {
  language: Language;
  say: Say;
  can: Can;
  /** Says a short word for a moment, aloud for screen readers too. */
  tell: (words: string) => void;
}

export const SharedContext = createContext<Shared>({ language: "zh", say: sayer("zh"), can: CANNOT, tell: () => {} });
export const useShared = (): Shared => useContext(SharedContext);
