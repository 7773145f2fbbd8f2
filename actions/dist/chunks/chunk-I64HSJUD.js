#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
var Buffers=class{#bytes;#free=[];#waiting=[];#left;constructor(bytes,most){this.#bytes=bytes,this.#left=most}take(){let free=this.#free.pop();return free!==void 0?Promise.resolve(free):this.#left>0?(this.#left-=1,Promise.resolve(new ArrayBuffer(this.#bytes))):new Promise(resolve=>this.#waiting.push(resolve))}give(buffer){let next=this.#waiting.shift();next===void 0?this.#free.push(buffer):next(buffer)}};export{Buffers};
