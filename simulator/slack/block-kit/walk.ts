/** Finding the elements in blocks: the same walk for checking ids, for filling them in and for clicking. */
import { isObject, type Json } from './shape.ts';

export interface Found {
  readonly block: Json;
  readonly element: Json;
  /** Of the element. */
  readonly pointer: string;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function holders(block: Json): readonly { readonly field: string; readonly many: boolean }[] {
  switch (block.type) {
    case 'section':
      return [{ field: 'accessory', many: false }];
    case 'input':
      return [{ field: 'element', many: false }];
    case 'actions':
    case 'context_actions':
      return [{ field: 'elements', many: true }];
    case 'card':
      return [{ field: 'actions', many: true }];
    default:
      return [];
  }
}

/** Blocks that lie in other blocks come after them. */
export function nestedBlocks(block: Json, pointer: string): readonly { block: Json; pointer: string }[] {
  const field =
    block.type === 'container' ? 'child_blocks' : block.type === 'carousel' ? 'elements' : undefined;
  const inner =
    field === undefined
      ? []
      : listOf(block[field]).flatMap((child, index) =>
          isObject(child) ? nestedBlocks(child, `${pointer}/${field}/${index}`) : [],
        );
  return [{ block, pointer }, ...inner];
}

export function everyBlock(blocks: unknown, pointer = ''): readonly { block: Json; pointer: string }[] {
  return listOf(blocks).flatMap((block, index) =>
    isObject(block) ? nestedBlocks(block, `${pointer}/${index}`) : [],
  );
}

/** Every element that has an action_id: no images and texts. */
export function elementsOf(blocks: unknown, pointer = ''): readonly Found[] {
  return everyBlock(blocks, pointer).flatMap(({ block, pointer: at }) =>
    holders(block).flatMap(({ field, many }) => {
      const entries = many ? listOf(block[field]) : field in block ? [block[field]] : [];
      return entries.flatMap((element, index) =>
        isObject(element) && element.type !== 'image'
          ? [{ block, element, pointer: `${at}/${field}${many ? `/${index}` : ''}` }]
          : [],
      );
    }),
  );
}
