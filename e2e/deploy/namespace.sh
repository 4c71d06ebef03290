#!/bin/sh
# Makes a folder the root of a new mount namespace and runs a command there, as a container engine would: the programs of
# this machine stand for the base image's. Wants to be the first process of a new mount and pid namespace, as root.
#   namespace.sh ROOT NODE_FOLDER rw|ro MOUNTS COMMAND...
# MOUNTS has one word a mount: FOLDER for a folder of this machine in the same place, read-only:FROM:FOLDER for one in
# another, tmpfs:FOLDER:OPTIONS for an empty one.
set -eu
root=$1 node=$2 mode=$3 mounts=$4
shift 4
mount --bind "$root" "$root"
for name in bin sbin lib lib32 lib64 usr etc opt; do
  if [ -L "/$name" ]; then
    [ -L "$root/$name" ] || cp -P "/$name" "$root/$name"
  elif [ -d "/$name" ]; then
    mkdir -p "$root/$name"
    mount --bind "/$name" "$root/$name"
    mount -o remount,bind,ro "$root/$name"
  fi
done
mkdir -p "$root/proc" "$root/dev" "$root/node"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind "$node" "$root/node"
for each in $mounts; do
  case $each in
    tmpfs:*) folder=${each#tmpfs:} folder=${folder%%:*}; mkdir -p "$root$folder" ;;
    read-only:*)
      from=${each#read-only:} from=${from%%:*} folder=$root${each##*:}
      mkdir -p "$folder"
      mount --bind "$from" "$folder"
      mount -o remount,bind,ro "$folder"
      ;;
    *) mkdir -p "$root$each" && mount --bind "$each" "$root$each" ;;
  esac
done
[ "$mode" = rw ] || mount -o remount,bind,ro "$root"
for each in $mounts; do
  case $each in
    tmpfs:*)
      folder=${each#tmpfs:} folder=${folder%%:*}
      mount -t tmpfs -o "${each#tmpfs:*:}" tmpfs "$root$folder"
      ;;
  esac
done
exec chroot "$root" "$@"
