#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{dirAction}from"./chunks/chunk-SAASDMFE.js";import"./chunks/chunk-FJJKXQL4.js";import"./chunks/chunk-ZAK4LN5U.js";import"./chunks/chunk-J6FSCXTJ.js";import"./chunks/chunk-3ZVCUR66.js";import{runAction}from"./chunks/chunk-HEQ3X7OE.js";import"./chunks/chunk-PTM6QBLV.js";import"./chunks/chunk-VKDBHG3M.js";import"./chunks/chunk-OQ74USMO.js";import"./chunks/chunk-S3GVKQ7F.js";import"./chunks/chunk-DC2G643Q.js";import"./chunks/chunk-62VJYGLT.js";import"./chunks/chunk-JD2DKJ6X.js";import"./chunks/chunk-AYPS3J66.js";import"./chunks/chunk-EAORCH75.js";await runAction(dirAction);
