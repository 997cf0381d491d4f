"""What people write: a plan, and one language of a template."""

WEEKLY = """\
name: Weekly
district: akkaiyn
to: ["tag:residents"]
slots:
  - {at: "Mon 10:00", kind: scam_warning}
"""
TEMPLATE = """\
---
language: {language}
kind: {kind}
title: {slug} {language}
tags: [{tags}]
source: Police advice
tone: forewarn
{more}---
Call {{hotline}}.
"""
