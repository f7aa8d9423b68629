/**
 * Whether Enter in a field means "ask". While an input method composes, Enter takes its candidate: browsers say so by
 * `isComposing`, or (Safari, after its compositionend) by key code 229.
 */
export function asks(event: KeyboardEvent): boolean {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}
