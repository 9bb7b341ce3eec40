// A component that is drawn again only when one of its properties is another object.
import { Component, type ComponentType, createElement, type VNode } from "preact";

export function memo<P extends object>(Inner: (props: P) => VNode<any> | null): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = this.props as Record<string, unknown>;
      const after = next as Record<string, unknown>;
      return [...Object.keys(before), ...Object.keys(after)].some((key) => before[key] !== after[key]);
    }
    override render(): VNode {
      return createElement(Inner as ComponentType<any>, this.props);
    }
  };
}
