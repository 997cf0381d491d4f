"""One or two sentences about each page, folded away behind “?”: what it is for, and what is safe to press."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

DRAWING = _("Write freely: nothing is kept before you press the button, and nothing is published from here.")

HINTS = {
    "phone": _("How the linked phone is, asked now. Nothing goes out through it before somebody has read the notice."),
    "today": _(
        "Begin the day here. Above stands what needs you, with one button each; below, what goes out and went out."
    ),
    "calendar": _("Everything with a time. A dashed entry is a plan's slot, whose post is made a few days before."),
    "calendar_hours": _("Counted from our own messages only; with too few of them nothing is claimed."),
    "move_post": _("Only the time changes; the text stays as it was approved. You can undo it for ten minutes."),
    "move_slot": _("The plan's other moments stay where they are. You can undo it for ten minutes."),
    "posts": _("All posts, the newest first. Search looks into titles and texts."),
    "post": _(
        "How it stands on every channel. Correct and withdraw act everywhere; what a platform does not allow is listed."
    ),
    "campaigns": _("What the centre offers or orders. A district answers for itself; four eyes hold there too."),
    "campaign": _("One line for each district. What needs somebody stands in its own colour and word."),
    "campaign_begin": _("Each district gets a version with its own number. Nothing goes out from here by itself."),
    "exchange": _("A token is shown once and can be revoked. Events are signed and tried again until they arrive."),
    "calendar_key": _("Only for your own devices. A new address makes the earlier one void."),
    "compose": _("A template is copied into a draft: whatever you change, the template stays as it is."),
    "edit": _("Nothing goes out before a second person has approved it, so try freely. It is saved by itself."),
    "library": _("What can be used again. A number with ≥ is known for a part of the messages only."),
    "library_template": _("As residents would see it today. Using it makes a draft of your own."),
    "films": _("Every film and card that a post of your district was shown with. Using one makes a draft."),
    "save_as_template": _("The file holds the texts with their front matter. Pictures and films are not in it."),
    "districts": _("One line for each district. Press its name to give it colours and a logo of its own."),
    "district_brand": _("Try colours freely: the pictures follow, and nothing changes before you save."),
    "drawings": DRAWING,
    "drawing": DRAWING,
    "drawn": _("Download it, or let it stand with a draft. A draft goes out only after a second person approved it."),
    "studio": _("One film for many districts, each with its own name and hotline. Nothing is published from here."),
    "questions": _(
        "Write as you would say it on the telephone. Names and numbers are not sent, and nobody sees who asked."
    ),
    "ruses": _(
        "What was warned of counts from the moment it went out, or is queued for. The button begins a draft only."
    ),
    "quizzes": _(
        "Put the same quiz on two posts, weeks apart. The numbers come by themselves with the polls' readings."
    ),
    "links": _(
        "Short addresses for paper and posts. Only how often they were opened is counted, nothing about people."
    ),
    "pages": _("Public pages that are only looked at. New material becomes drafts here; nothing is posted there."),
    "relays": _("People who pass posts on in their WhatsApp groups by hand, and tell when they did."),
    "delegations": _("Who stands in for whom, and until when. Nobody approves their own posts as a deputy either."),
    "audit": _("Who did what, and when. Lines are only added; nobody can change one, and a check shows it."),
    "report": _("Only what is known. Open a number's reason to see where it comes from or why it is missing."),
    "report_week": _(
        "One page for the chief. Press a number to see the readings it is made of; ← and → turn the weeks."
    ),
    "report_month": _("Thirteen weeks, hours, topics, and crime beside the reach. Nothing here claims a cause."),
    "report_districts": _("What lies inside the curves is chance. It is no ranking: names stand in their own order."),
    "report_campaigns": _("Before and during, with what else may explain a change."),
    "report_studies": _(
        "An answer comes when enough weeks lie behind the start. It says what changed then, never why."
    ),
    "study_add": _("One question, one number, one start. Choose what to compare with before you know the numbers."),
    "report_questions": _("Ready questions; the filters beside them change the district, the month or the okrug."),
    "report_readings": _("Every reading with its source and moment. What was typed in by hand names the person."),
    "report_digests": _("Nothing is sent twice: what may have arrived waits here for your word."),
    "practice": _("A stand-in for the platforms on this computer. Nobody outside sees it."),
    "channels": _("Where posts go. A channel that is off keeps its posts waiting; nothing is lost."),
    "channel_add": _(
        "Nothing is saved before the platform has said that the channel is there and what right is missing."
    ),
    "accounts": _("How the program gets into the platforms. A paused account lets its posts wait."),
    "people": _("An invitation is a link for one person; it works once, for three days."),
    "stop": _("Stops sending at once. What came due meanwhile is asked about afterwards, never sent by itself."),
    "resume": _("What came due during the stop is held until somebody decides about each."),
    "backlog": _("Send now, move or drop: each of them only after you say so."),
    "desk": _(
        "One call, one screen. It goes on working without a connection; calls wait in the browser until it is back."
    ),
    "hotline": _("What was told at the hotline in four weeks. A rise opens a draft; nothing is published by itself."),
    "cases": _("Only counted. The number of a case is kept as a hash, so that the same file is not counted twice."),
    "okrugs": _("Any number of them, from a file. Households are needed to tell what is left."),
    "outbound": _("Who asks not to be called is left out of every list from then on."),
    "outbound_one": _("“Only check it” saves nothing and names each cell that cannot be used."),
    "outbound_call": _("The number is shown to you alone. Press the result, and the next one comes."),
    "visits": _("A round is one walk through the okrugs with one leaflet."),
    "round": _("Blank okrugs are the work that is left. Volunteers stand here by first name or code only."),
    "samples": _("Only what the program brought itself goes. What people wrote stays."),
}
