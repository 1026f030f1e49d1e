// What the text editor needs of Tiptap and ProseMirror, as one global: Tiptap.
// Built by ../bundle-tiptap.sh into ../tiptap-VERSION.min.js; our own nodes are in static/js.
export { Editor, Extension, Mark, Node, mergeAttributes } from "@tiptap/core";
export { Blockquote } from "@tiptap/extension-blockquote";
export { Bold } from "@tiptap/extension-bold";
export { Document } from "@tiptap/extension-document";
export { HardBreak } from "@tiptap/extension-hard-break";
export { Heading } from "@tiptap/extension-heading";
export { BulletList, ListItem, OrderedList } from "@tiptap/extension-list";
export { Paragraph } from "@tiptap/extension-paragraph";
export { Subscript } from "@tiptap/extension-subscript";
export { Superscript } from "@tiptap/extension-superscript";
export { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
export { Text } from "@tiptap/extension-text";
export { Dropcursor, Gapcursor, UndoRedo } from "@tiptap/extensions";
export { NodeSelection, Plugin, PluginKey, TextSelection } from "@tiptap/pm/state";
export { CellSelection } from "@tiptap/pm/tables";
