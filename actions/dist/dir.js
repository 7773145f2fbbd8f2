#!/usr/bin/env node
import { createRequire as layerkeepCreateRequire } from "node:module";
const require = layerkeepCreateRequire(import.meta.url);
import{dirAction}from"./chunks/chunk-VG5LW6XC.js";import"./chunks/chunk-J6CNPHFR.js";import"./chunks/chunk-YWYJR3FR.js";import"./chunks/chunk-QWEJBECY.js";import"./chunks/chunk-JXXTTBVR.js";import{runAction}from"./chunks/chunk-HEQ3X7OE.js";import"./chunks/chunk-PTM6QBLV.js";import"./chunks/chunk-VKDBHG3M.js";import"./chunks/chunk-OQ74USMO.js";import"./chunks/chunk-S3GVKQ7F.js";import"./chunks/chunk-DC2G643Q.js";import"./chunks/chunk-62VJYGLT.js";import"./chunks/chunk-JD2DKJ6X.js";import"./chunks/chunk-AYPS3J66.js";import"./chunks/chunk-EAORCH75.js";await runAction(dirAction);
