#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
function withDescendants(ids,legs){let children=new Map;for(let{id,parents}of legs)for(let parent of parents)children.set(parent,[...children.get(parent)??[],id]);let found=new Set(ids);for(let id of found)for(let child of children.get(id)??[])found.add(child);return legs.flatMap(({id})=>found.has(id)?[id]:[])}export{withDescendants};
