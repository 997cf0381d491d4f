"""Every error a person can meet, in words: what happened, and what to do next. Translated like everything visible.

Codes come from connectors (`ConnectorError.reason`, `Problem.code`), from composing, planning and delivering.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Sentence:
    what: str
    do: str

    def __str__(self) -> str:
        return f"{self.what} {self.do}".strip()


SENTENCES: dict[str, tuple[str, str]] = {
    # Digests by e-mail
    "mail_unavailable": (_("The mail server does not answer."), _("It is tried again by itself.")),
    "mail_refused": (
        _("The mail server did not take the letter."),
        _("Check the address, and the mail: section of config.yaml."),
    ),
    "mail_not_set_up": (
        _("E-mail is not set up."),
        _("An administrator adds the mail: section to config.yaml; or use Telegram."),
    ),
    # What the platform said
    "refused": (
        _("The platform refused this message."),
        _("Read its answer below, change the post and queue it again."),
    ),
    "target_gone": (
        _("The channel or group is closed to us: we were removed, or it was deleted."),
        _("Make the bot an administrator there again, then switch the channel on."),
    ),
    "target_moved": (_("The group got a new number and was moved over."), _("Nothing to do: posting goes on there.")),
    "no_rights": (
        _("We are in the channel but may not post there."),
        _("Give the bot the right to post, edit and delete messages, then switch the channel on."),
    ),
    "access_lost": (
        _("The platform no longer accepts our account."),
        _("An administrator renews the token in the settings and resumes the account. Posts wait until then."),
    ),
    "rate_limited": (_("The platform asked us to wait."), _("Nothing to do: it goes out after the pause.")),
    "unavailable": (
        _("The platform could not be reached; nothing was sent."),
        _("Nothing to do: it is tried again by itself. If it lasts, check the internet connection."),
    ),
    "outcome_unknown": (
        _("The connection broke after sending: the message may stand there or not."),
        _("Look into the channel and answer “Did it appear?”. It is never sent again unasked."),
    ),
    "worker_died": (
        _("The program was interrupted while sending: the message may stand there or not."),
        _("Look into the channel and answer “Did it appear?”. It is never sent again unasked."),
    ),
    "connector_error": (_("The message could not be sent."), _("Show the technical detail to the administrator.")),
    "other_poller": (
        _("Another program reads this bot's updates."),
        _("Stop the other program; otherwise reactions are not counted."),
    ),
    "bad_signature": (_("A message claimed to come from the platform, but its signature is wrong."), ""),
    "no_rights_to_change": (
        _("We may not correct or delete messages there."),
        _("Do it by hand in the channel, and give the bot the right to edit and delete messages."),
    ),
    "cannot_edit": (
        _("This platform cannot change a message that stands there."),
        _("Ask a group administrator to post the correction by hand."),
    ),
    "cannot_withdraw": (
        _("This platform cannot take a message back."),
        _("Ask a group administrator to delete it by hand."),
    ),
    "message_unknown": (
        _("A person saw that it stands there, so the program does not know which message it is."),
        _("Change or delete it by hand in the channel."),
    ),
    "language_gone": (
        _("This language was taken out of the post, and the old text still stands there."),
        _("Delete it by hand in the channel, or write this language again."),
    ),
    "message_gone": (
        _("The message does not stand there any more."),
        _("Somebody deleted it in the channel. Queue the post again if it is needed."),
    ),
    "too_old_to_edit": (
        _("The message is too old to be corrected."),
        _("Post the correction by hand in the channel."),
    ),
    "too_old_to_delete": (
        _("The message is too old for the bot to delete."),
        _("Delete it by hand in the channel."),
    ),
    # What a message breaks
    "empty_text": (_("The text is empty."), _("Write the text of this language.")),
    "text_too_long": (
        _("The text has %(found)s characters; the platform allows %(limit)s."),
        _("Shorten it; nothing is cut off for you."),
    ),
    "caption_too_long": (
        _("With a picture or film the text may have %(limit)s characters; this one has %(found)s."),
        _("Shorten it, or send it without the film."),
    ),
    "too_many_buttons": (_("There are %(found)s buttons; the platform allows %(limit)s."), _("Remove some.")),
    "album_too_long": (
        _("There are %(found)s pictures or films; the platform allows %(limit)s in one message."),
        _("Remove some."),
    ),
    "photo_type": (_("The platform does not take pictures of this type."), _("Use JPEG or PNG.")),
    "video_type": (_("The platform does not take films of this type."), _("Use MP4.")),
    "photo_too_big": (
        _("The picture has %(found)s bytes; the platform takes %(limit)s."),
        _("Make it smaller."),
    ),
    "video_too_big": (
        _("The film has %(found)s bytes; the platform takes %(limit)s."),
        _("Let the studio make a smaller version, or cut the film."),
    ),
    "document_type": (_("The platform does not take documents of this type."), _("Use PDF.")),
    "document_too_big": (
        _("The document has %(found)s bytes; the platform takes %(limit)s."),
        _("Send it by e-mail instead."),
    ),
    "no_polls": (_("This platform has no polls for us."), _("The poll is left out there.")),
    "poll_question_too_long": (
        _("The poll's question has %(found)s characters; %(limit)s are allowed."),
        _("Shorten it."),
    ),
    "poll_option_too_long": (
        _("An answer of the poll has %(found)s characters; %(limit)s are allowed."),
        _("Shorten it."),
    ),
    "poll_too_many_options": (_("The poll has %(found)s answers; %(limit)s are allowed."), _("Remove some.")),
    "poll_too_few_options": (_("A poll needs at least two answers."), _("Add one.")),
    "poll_explanation_too_long": (
        _("The explanation of the quiz has %(found)s characters; %(limit)s are allowed."),
        _("Shorten it."),
    ),
    # What composing finds
    "missing_language": (
        _("The channel “%(channel)s” needs the language “%(language)s”, which this post does not have."),
        _("Write that version, or give single_language_reason: with the reason."),
    ),
    "unknown_variable": (
        _("The text uses an unknown variable {%(name)s}."),
        _("Known are {hotline}, {district} and {date}."),
    ),
    "link_not_allowed": (
        _("The link %(url)s leads to a place that is not on the list of allowed sites."),
        _("Remove it, or let the administrator add the site under link_hosts in config.yaml."),
    ),
    "study_starts_on_monday": (
        _("A question about a series starts on a Monday; %(day)s is none."),
        _("Choose the Monday of that week or of the next."),
    ),
    "study_lag_too_long": (
        _("At most %(weeks)s weeks may lie between the start and the answer."),
        _("Choose a shorter lag, or a later start."),
    ),
    "study_control_impossible": (
        _("There is nothing to compare with: other ruses need a ruse, other districts a district."),
        _("Choose the ruse or the district first, or leave the control out."),
    ),
    "hotline_missing": (
        _("The text does not name the hotline."),
        _("Add {hotline} so that residents know whom to call."),
    ),
    "iin_in_text": (
        _("In %(place)s stands a personal number (IIN): %(found)s."),
        _("Take it out: personal data are not published."),
    ),
    "card_in_text": (
        _("In %(place)s stands the number of a bank card: %(found)s."),
        _("Take it out, or hide its middle."),
    ),
    "plate_in_text": (
        _("In %(place)s stands what looks like a car's number plate: %(found)s."),
        _("Take it out, unless it has to be published."),
    ),
    "personal_phone": (
        _("In %(place)s stands a phone number that is not known as official: %(found)s."),
        _("Check it. The administrator adds offices' numbers under checks: official_numbers in config.yaml."),
    ),
    "duplicate": (
        _("Nearly the same text goes to the same channels: “%(title)s”, %(day)s."),
        _("Say it in another way, or wait a while: what repeats is not read."),
    ),
    "channel_overloaded": (
        _("With this post “%(channel)s” has %(found)s posts in one %(span)s; more than %(limit)s is a lot."),
        _("Move it, or leave another one out: people leave a channel that talks too much."),
    ),
    "question_answered": (_("A colleague has answered already."), _("Nothing to do.")),
    "talk_gone": (
        _("No answer can be brought: the person deleted the talk, or it is too old."),
        _("Close the question."),
    ),
    "talk_window_over": (
        _("WhatsApp allows an answer only within 24 hours of the person's last message; they are over."),
        _("Close the question. If the person writes again, they can ask again."),
    ),
    "pictures_unchecked": (
        _("Nobody has looked at “%(name)s” for faces, children and personal data yet."),
        _("Look at it and tick the points below “Pictures and films”."),
    ),
    "permission_missing": (
        _("The material is not ours, and it is not said where it comes from and who allowed it."),
        _("Fill in both under “More”, or use material of our own."),
    ),
    "parity": (
        _("The languages differ: %(what)s."),
        _("Make numbers, dates, phones and links the same in both."),
    ),
    "webhook_address": (
        _("Events go only to a public address that begins with https://."),
        _("Check the address. For a host of your own network the administrator adds interface: webhook_hosts."),
    ),
    "webhook_unresolved": (_("This host name is not known."), _("Check the address.")),
    "ordered_by_centre": (
        _("This post was ordered by the centre: a district chooses its time and channels only."),
        _("Tell the centre what is wrong with it; its correction reaches every district."),
    ),
    "no_districts": (_("No other district was chosen."), _("Choose the districts that are to have it.")),
    "campaign_answered": (_("The district answered already."), _("Load the page again to see how it stands.")),
    "campaign_over": (_("The centre has withdrawn this campaign."), _("Nothing to do.")),
    "nothing_to_pass_on": (
        _("Every district has this wording already."),
        _("Correct the centre's post first, let it be approved, and pass it on then."),
    ),
    "not_approved": (_("The post is not approved."), _("A second person approves it first.")),
    "own_post": (_("Nobody approves a post of their own."), _("Ask another approver.")),
    "second_person": (
        _("You approved this urgent post already."),
        _("Another person approves it too; then it goes out."),
    ),
    "changed_after_approval": (_("The post was changed after approval."), _("Send it for review again.")),
    "no_language_for_channel": (
        _("The post has none of the languages of the channel “%(channel)s” (%(language)s)."),
        _("Write one of them, or choose another channel."),
    ),
    "image_in_text": (
        _("There is a picture inside the text; messengers show none there."),
        _("Add it as a picture of the post."),
    ),
    "stray_marks": (
        _("These signs would be shown as they are: %(marks)s"),
        _("Check whether bold or italic was meant; both signs of a pair are needed."),
    ),
    "too_many_marks": (
        _("The text has %(found)s formatted places; the platform allows %(limit)s."),
        _("Use less bold and fewer links."),
    ),
    "changed_since_seen": (
        _("The post was changed while you were looking at it."),
        _("Read it again as it stands now, then decide."),
    ),
    "comment_missing": (_("A returned post needs a comment."), _("Write what is to be changed.")),
    "not_permitted": (_("Your role does not allow this."), _("Ask an approver or the administrator.")),
    "own_edit": (_("You changed this post yourself last."), _("Another person approves it.")),
    "substitute_of_author": (
        _("The person you stand in for wrote this post."),
        _("A third person approves it."),
    ),
    "days_backwards": (
        _("The last day lies before the first one, or is over."),
        _("Give the days from the first to the last, both included."),
    ),
    "too_long_away": (
        _("A substitute is named for two months at most."),
        _("For longer, the administrator gives the person another role."),
    ),
    "own_substitute": (_("Nobody can stand in for themselves."), _("Choose a colleague.")),
    "substitute_already": (
        _("Somebody stands in already on some of these days."),
        _("End that first, or choose other days."),
    ),
    "wrong_status": (_("The post is “%(status)s”, so this is not possible now."), _("Open it again and look.")),
    # What planning and delivering find
    "in_the_past": (_("The time %(at)s is in the past."), _("Give a later time, or “now”.")),
    "unknown_channel": (_("There is no channel “%(key)s”."), _("See: publisher channel list.")),
    "muted_wait": (_("A person switched the channel off: its posts wait."), _("Switch it on when they may go out.")),
    "muted_skip": (
        _("A person switched the channel off: posts for it are skipped."),
        _("Switch it on; what was skipped stays skipped."),
    ),
    "invitation_link": (
        _("A bot cannot follow an invitation link."),
        _("Make the bot an administrator and choose the chat from the list, or forward a message of it to the bot."),
    ),
    "no_chat_address": (
        _("This names no channel or group."),
        _("Write @name, a link like https://t.me/name, or the number that begins with -100."),
    ),
    "film_in_the_making": (
        _("The studio is still making the film."),
        _("Wait until it is made, then try again."),
    ),
    "no_control_chat": (
        _("There is no control chat to send a test to, or its account is paused."),
        _("The administrator sets control_chat: for the Telegram account in config.yaml."),
    ),
    "no_channels": (_("No channel was chosen."), _("Choose at least one channel.")),
    "channel_off": (
        _("The channel “%(key)s” is switched off."),
        _("See on the Channels page why, then switch it on."),
    ),
    "expired": (
        _("Its date had passed before it could go out; it was not sent."),
        _("Queue it again with a new date."),
    ),
    "too_late": (
        _("Its moment passed more than %(minutes)s minutes ago while the program was not running."),
        _("Decide: send it now, or drop it."),
    ),
    "tried_too_often": (
        _("It was tried %(tries)s times and never left."),
        _("Check the connection, then press “Send now”."),
    ),
    "main_part_failed": (_("The text it belongs to did not go out."), _("See the text's own reason.")),
    "by_person": (_("A person answered for it."), ""),
    "quiet_hours": (_("The moment falls into the quiet hours."), _("Choose another time; urgent warnings may go out.")),
    "paused_meanwhile": (
        _("Its moment came while sending was stopped."),
        _("Decide: send it now, move it to another time, or drop it."),
    ),
    "restored": (
        _("This is a restored copy: the original may have sent it already."),
        _("Look into the channel, then decide: send it now, or drop it."),
    ),
    "time_missing": (_("The new time is missing."), _("Choose a day and an hour that are still to come.")),
    "reason_missing": (_("A stop needs a reason."), _("Write it in a few words; everybody sees it.")),
    "holiday": (_("The moment falls on a public holiday."), _("The plan says to skip holidays.")),
    "nothing_to_say": (
        _("No template fits this slot: all were used too recently."),
        _("Add templates, or shorten repeat_after_days."),
    ),
    "slot_missed": (
        _("The program was not running at that moment."),
        _("Queue the post by hand if it is still of use."),
    ),
    "slot_taken": (_("The plan already has a post at %(at)s."), _("Choose another moment.")),
    "slot_moved_away": (
        _("Somebody has moved this planned post already."),
        _("Look in the calendar where it stands now."),
    ),
    "slot_done": (_("This moment has passed or its post was made."), _("Change the post itself.")),
    "samples_being_sent": (
        _("One of the sample posts is being sent just now."),
        _("Try again in a minute."),
    ),
    "already_going_out": (
        _("It went out, is being sent or was moved meanwhile."),
        _("Look at the post's page for how it stands now."),
    ),
    "after_its_end": (
        _("The post is not to go out any more from %(at)s on."),
        _("Choose an earlier time, or change its end on the post's page."),
    ),
    "moved": (_("A person moved it to another time."), ""),
    "cannot_pin": (_("This platform cannot pin messages."), _("Pin it by hand.")),
    "not_approved_in_time": (
        _("Nobody approved the post before its moment."),
        _("Approve it and choose a new time."),
    ),
    # Media
    "broken_media": (
        _("The file cannot be read: it is damaged, empty or not what its name says."),
        _("Export it again as MP4 or JPEG."),
    ),
    "unsupported_media": (_("Files of this type are not accepted."), _("Use MP4, MOV, WebM, JPEG or PNG.")),
    "media_empty": (_("The file is empty."), _("Copy or export it again; perhaps the copying was interrupted.")),
    "media_playlist": (
        _("This is a list of places where a film lies, not the film itself."),
        _("Save the film itself as MP4 and choose that file."),
    ),
    "media_text": (_("The file is text, not a film."), _("Choose the film itself: MP4, MOV or WebM.")),
    "media_unknown_kind": (_("The file is not a film of a kind we know."), _("Export it as MP4, MOV or WebM.")),
    "media_picture": (_("The file is a picture of a kind we do not take."), _("Save it as JPEG or PNG.")),
    "media_undecodable": (
        _("The film is damaged: its pictures cannot be read."),
        _("Copy it from the camera or phone again, or export it anew."),
    ),
    "media_no_picture": (_("There is sound in the file but no picture."), _("Choose a film with a picture.")),
    "media_no_length": (_("There are no pictures in the film: it has no length."), _("Export the film anew.")),
    "media_cut_off": (
        _("The film is cut off: a part of it is missing."),
        _("Copy it again; perhaps the copying was interrupted."),
    ),
    "media_subtitles": (
        _("The subtitles cannot be read."),
        _("Save them as SRT or WebVTT in UTF-8, with times like 00:01:02,500."),
    ),
    "media_too_large": (_("The picture or film is larger than we can work on."), _("Export it smaller or shorter.")),
    "film_too_long_for_limit": (
        _("The film is too long to fit %(limit_mb)s MB in good quality."),
        _("Cut it to about %(seconds)s seconds."),
    ),
    "picture_made_smaller": (_("To fit the platform's limit the film got a smaller picture."), ""),
    "clip_length": (_("The clip would last %(found)s seconds; %(limit)s are allowed."), _("Say less, or more.")),
    "picture_text_too_long": (
        _("The text is too long for the picture: %(found)s letters, about %(over)s too many."),
        _("Shorten it."),
    ),
    "code_too_long": (
        _("The address for the code is too long to be scanned (%(found)s letters)."),
        _("Use a short link."),
    ),
    "picture_word_too_long": (
        _("The word “%(word)s” is too long for the picture."),
        _("Use a shorter word, or divide it."),
    ),
    "missing_letter": (_("The font has no sign for “%(letter)s”."), _("Leave it out of the picture.")),
    "missing_font": (_("A font of the brand is missing."), _("Run publisher check; it names the file.")),
    "missing_file": (_("A file is missing."), _("Run publisher check; it names the file.")),
    "leaflet_too_long": (
        _("One side of the leaflet has too many words for the paper: %(found)s letters, about %(over)s too many."),
        _("Shorten the text, or choose larger paper."),
    ),
    "picture_fitted": (
        _("The picture has %(found)s MB, and the platform takes %(limit)s MB: it goes out as a JPEG of %(size)s MB."),
        "",
    ),
    "drawn_number": (
        _("The card or clip shows the number %(number)s, and the district's is %(wanted)s."),
        _("Draw it again in the studio and put the new one in its place."),
    ),
    "film_without_text": (_("There is no text in any language yet."), _("Write the text of a language first.")),
    "studio_incomplete": (
        _("A film, a language, a platform and a district are needed."),
        _("Choose at least one of each."),
    ),
    "film_not_ready": (
        _("The branded film is still being made."),
        _("Nothing to do: the post goes out with it as soon as it is ready, and not without it."),
    ),
    "film_too_late": (
        _("The branded film was not ready within %(minutes)s minutes of the post's time."),
        _("When the film is ready, press “Send now”, or drop it."),
    ),
    "film_not_made": (
        _("The branded film could not be made: %(why)s"),
        _("Make it again on the post's page, then send the post; or use the film as it is and have it approved."),
    ),
    "unknown_layout": (_("There is no layout “%(layout)s”."), _("Choose one of those on the list.")),
    "brand_colour": (_("“%(colour)s” is no colour."), _("Write it as six digits, like #0B1D3A.")),
    "brand_background": (
        _("Text on the background %(colour)s comes to a contrast of %(found)s : 1; people need 4.5 : 1 to read it."),
        _("The nearest colour that will do: %(nearest)s."),
    ),
    "brand_accent": (
        _(
            "%(colour)s on the background %(ground)s comes to a contrast of %(found)s : 1; people need 4.5 : 1 to read "
            "it, and the accent must be the brighter of the two."
        ),
        _("The nearest colour that will do: %(nearest)s."),
    ),
    "logo_kind": (_("The logo is neither a PNG nor a JPEG picture."), _("Save it as PNG with a clear background.")),
    "logo_large": (
        _("The logo has more than %(limit)s MB or %(pixels)s million pixels."),
        _("Save it smaller; 512 pixels on each side are enough."),
    ),
    "logo_small": (
        _("The logo has only %(found)s pixels on its longer side."),
        _("Take one of at least %(least)s pixels."),
    ),
    "logo_empty": (
        _("There is nothing to be seen in the logo."),
        _("Take a picture that is not transparent all over."),
    ),
    "layout_changed": (
        _("The brand or the layout was changed after the post was approved."),
        _("Order the film again, and have the post approved with its new look."),
    ),
    "road_whole": (_("It was the only one of its kind, so nothing could be shared."), ""),
    "road_whole_of_many": (
        _("It shares too little with the others, or could not be joined safely; it only took longer."),
        "",
    ),
    "road_splice": (_("Only the seconds with the district's name and number were made for it."), ""),
    "road_slice": (_("Only the bar with the district's name and number was made for it."), ""),
    "road_kept": (_("The same film had been made before."), ""),
    "variant_in_one_pass": (
        _("This version was encoded as a whole, because the film could not be joined safely; it only took longer."),
        "",
    ),
    "storage_away": (
        _("The shared place for films and pictures does not answer."),
        _("Try again in a minute. If it lasts, tell the administrator: files: in config.yaml."),
    ),
    "disk_full": (_("The disk is full."), _("Free some space; work goes on by itself.")),
    "render_failed": (_("The film could not be made."), _("Show the technical detail to the administrator.")),
    "render_timeout": (_("Making the film took too long and was stopped."), _("Try a shorter film.")),
    "render_cancelled": (_("Making the film was stopped."), _("Start it again when you like.")),
    # People who post by hand
    "no_relay": (
        _("Nobody is named who posts into this group."),
        _("Name a person under “People who post”, then press “Send now”."),
    ),
    "relay_silent": (
        _("Nobody who was asked said that it is posted."),
        _("Ask them, then press “Send now”; or drop it."),
    ),
    "relay_cannot": (
        _("Everybody who was asked said that they cannot."),
        _("Name another person under “People who post”, then press “Send now”."),
    ),
    # The WhatsApp gateway
    "gateway_stopped": (
        _("The WhatsApp gateway is not running."),
        _("The administrator starts it and resumes the account. Posts wait until then."),
    ),
    "phone_unlinked": (
        _("The gateway is not linked to the phone any more."),
        _("The administrator links it anew with a code from the phone, then resumes the account."),
    ),
    "phone_passkey": (
        _("WhatsApp wants the linking confirmed with a passkey."),
        _("The administrator finishes this step in the gateway, then resumes the account."),
    ),
    "gateway_off": (
        _("The phone account is not switched on yet."),
        _("An administrator reads the notice on its page and switches it on."),
    ),
    "gateway_not_accepted": (
        _("The phone account is not switched on yet."),
        _("Read the notice on its page and switch it on there."),
    ),
    "opted_out": (
        _("This person wrote that they want no more messages."),
        _("Nothing to do: only they can change that, by writing “ҚОСУ” or “СТАРТ” to our number."),
    ),
    "window_closed": (
        _("This person wrote to us more than 24 hours ago: WhatsApp now lets only approved templates through."),
        _("An administrator names the templates in config.yaml (templates:)."),
    ),
    "not_delivered_to_this_person": (
        _("WhatsApp did not deliver this to the person, to keep them from too many messages."),
        _("Do not send it again; it would not come either."),
    ),
    "group_full": (_("The group is full."), _("Make a second group.")),
    "template_wrong": (
        _("WhatsApp refuses the template: it is unknown, paused, or does not fit."),
        _("An administrator looks at it in Meta's WhatsApp Manager and names the right one in config.yaml."),
    ),
    "whatsapp_media_too_large": (
        _("WhatsApp finds the picture or film too large."),
        _("Let the studio make a smaller version, or cut the film."),
    ),
    "phone_restricted": (
        _("WhatsApp has restricted this number for a while."),
        _("Stop sending from it. Let people post meanwhile; resume when the restriction is over."),
    ),
    "phone_banned": (
        _("WhatsApp has banned or logged out this number."),
        _("Do not link it again at once. The groups' second administrator posts meanwhile; ask WhatsApp in the app."),
    ),
    # The press-office account that reads numbers
    "page_stale": (
        _("The page was last looked at more than two days ago."),
        _("If it lasts, type the numbers in by hand."),
    ),
    "session_wait": (_("Telegram asked the reading account to wait."), _("Nothing to do: it goes on after the pause.")),
    "session_lost": (
        _("Telegram ended the reading account's log-in."),
        _("An administrator logs in again on the account's page. Until then views come from the public page."),
    ),
    "session_unreadable": (
        _("The stored log-in cannot be read with this deployment's key, as after a restore."),
        _("An administrator logs in again on the account's page."),
    ),
    "session_wrong_app": (
        _("Telegram does not accept the api_id and api_hash in the settings file."),
        _("The administrator compares them with my.telegram.org and starts the program again."),
    ),
    "session_not_in": (
        _("The reading account does not see this channel."),
        _("Let it join the channel, best as an administrator. It looks again within a day."),
    ),
    "session_not_allowed": (
        _("Telegram does not show this to the reading account."),
        _("Make it an administrator of the channel. Statistics begin at about 50 members."),
    ),
    "session_message_gone": (_("The message stands there no more."), _("Nothing to do.")),
    "session_refused": (
        _("Telegram refused the question of the reading account."),
        _("If it lasts for days, the administrator looks for a new version of the program."),
    ),
    "session_changed": (
        _("Telegram answered the reading account in a way the program does not understand."),
        _("If it lasts for days, the administrator looks for a new version of the program."),
    ),
    "session_silent": (
        _("Telegram did not answer the reading account."),
        _("Nothing to do: it is tried again by itself. Meanwhile the other sources are used."),
    ),
    "session_password": (_("This account has a password of its own."), _("Type it in.")),
    "session_password_wrong": (_("That password was not right."), _("Type it again.")),
    "reader_off": (
        _("Reading by a press-office account is off."),
        _("An administrator reads the notice on the account's page and switches it on."),
    ),
    "reader_logged_out": (
        _("Nobody is logged in for reading."),
        _("An administrator logs in with a code on the account's page."),
    ),
    "reader_not_begun": (_("This log-in ran out."), _("Show a new code.")),
    "route_page_private": (
        _("The channel has no public page."),
        _("A public address (t.me/name) would show views there."),
    ),
    "route_session_none": (
        _("No such account is set up."),
        _("docs/connectors/telegram_session.md says what it gives and how to set it up."),
    ),
    "route_session_not_yet": (
        _("It has not looked for this channel yet."),
        _("Nothing to do: it does within minutes."),
    ),
    # Invitations
    "no_invites": (_("This platform makes no invitations that are counted."), _("Make a short link instead.")),
    "invite_label_taken": (
        _("This channel has an invitation of that name already, or the name is empty."),
        _("Choose another name."),
    ),
    "no_invite_right": (
        _("The bot may not make invitations there."),
        _("Give it the right to invite users, then try again."),
    ),
    # What looking at a page finds
    "instagram_budget": (_("The requests allowed for now are used up."), _("Nothing to do: it goes on by itself.")),
    "instagram_wait": (_("Instagram asked us to wait."), _("Nothing to do: it is tried again after a long pause.")),
    "instagram_stopped": (
        _("Instagram flagged this connection."),
        _("Nothing is asked for a day. If it happens again, switch looking off and type the numbers in by hand."),
    ),
    "instagram_login_wall": (
        _("Instagram showed a log-in page instead of the numbers."),
        _("Nothing to do: it is tried again later. The page itself need not be gone."),
    ),
    "instagram_not_shown": (
        _("Instagram does not show this to guests now."),
        _("Look in a browser whether the name is right and the page is there."),
    ),
    "instagram_changed": (
        _("Instagram answered in a way the program does not understand."),
        _("If it lasts for days, the administrator looks for a new version of the program."),
    ),
    "instagram_private": (_("The page is private."), _("Only public pages can be looked at.")),
    "instagram_file_gone": (
        _("A picture or film of this post could not be fetched any more."),
        _("Open the post on Instagram and upload the file by hand, with permission."),
    ),
    "instagram_file_too_big": (_("A film of this post is too large to fetch."), _("Upload a shorter one by hand.")),
    "instagram_no_pages": (
        _("The account names no pages."),
        _("Add pages to it in the settings file; docs/connectors/instagram.md shows how."),
    ),
    "public_page_silent": (
        _("The channel's public page did not answer."),
        _("Nothing to do: it is asked again until its time is over."),
    ),
    "public_page_changed": (
        _("The channel's public page looks different from before, so its numbers cannot be read."),
        _("If it lasts for days, the administrator looks for a new version of the program."),
    ),
    # Why a number is not known
    "hidden_by_author": (_("Hidden by the author."), ""),
    "not_given": (_("The platform does not give this number."), ""),
    "not_yet": (_("Its time has not come yet."), ""),
    "not_read_in_time": (_("The program was not running when it should have been read."), ""),
    "withdrawn_before": (_("The message was withdrawn before its time came."), ""),
    "paused_then": (_("The account was paused when it should have been read."), ""),
    "single_reading": (_("There is only one reading in the period."), _("Wait for the next one.")),
    "reader_failed": (_("The platform did not answer when it was asked."), ""),
    # The call centre
    "number_in_note": (
        _("The note has a number in it that could belong to a person."),
        _("Take it out. Sums have a field of their own; telephones and personal numbers are not written down."),
    ),
    "name_in_note": (
        _("The note seems to name somebody."),
        _("Write what happened without the name."),
    ),
    "call_too_old": (
        _("The call is more than a week old."),
        _("Tell the administrator how it could wait so long, and write it down anew if it counts."),
    ),
    "call_not_readable": (
        _("The call cannot be read (%(field)s)."),
        _("Load the page anew; if it happens again, tell the administrator."),
    ),
    "list_empty": (_("The list is empty."), _("The first row holds the headings, the rows below it the entries.")),
    "list_not_readable": (
        _("The file is no list that can be read."),
        _("Save it as XLSX or as CSV in UTF-8 and choose it again."),
    ),
    "list_too_big": (_("The list is too long."), _("Divide it: %(most)s rows at most.")),
    "column_missing": (
        _("There is no column “%(name)s”."),
        _("Write this heading into the first row."),
    ),
    "column_not_needed": (
        _("The column “%(name)s” is not needed and is not taken."),
        _("Delete it from the file: only okrug, street or organisation, and number may be there."),
    ),
    "not_a_number": (_("“%(found)s” is not a whole number."), _("Write digits only.")),
    "not_a_phone": (
        _("“%(found)s” is no telephone number of Kazakhstan."),
        _("Write +7 7… with ten digits, or the five or six digits of the district."),
    ),
    "phone_missing": (_("The number is missing."), _("Write it, or delete the row.")),
    "okrug_unknown": (
        _("There is no okrug “%(found)s”."),
        _("Write it as in the list of okrugs: %(known)s."),
    ),
    "okrug_missing": (_("The okrug's name is missing."), _("Write it in Kazakh and in Russian.")),
    "okrug_twice": (_("The okrug “%(found)s” stands here a second time."), _("Keep one of them.")),
    "place_names_person": (
        _("“%(found)s” looks like a person's name or number."),
        _("Write the street or the organisation only."),
    ),
    "pattern_unknown": (_("There is no ruse “%(found)s”."), _("Known are: %(known)s.")),
    "not_a_day": (_("“%(found)s” is no day."), _("Write it like 2026-11-27 or 27.11.2026.")),
    "day_ahead": (_("The day %(found)s lies ahead."), _("Write the day on which it was registered.")),
    "calling_over": (
        _("The campaign is over and its numbers are deleted."),
        _("Begin a new campaign."),
    ),
    "call_taken_already": (
        _("This number is being called by somebody else, or is done."),
        _("Take the next one."),
    ),
    "nobody_to_call": (_("No caller was chosen."), _("Choose at least one person.")),
    "more_than_printed": (
        _("More leaflets would be handed over than were printed for the okrug."),
        _("Correct the number that was printed first, or the number handed over."),
    ),
    "more_than_households": (
        _("The okrug has only %(most)s households."),
        _("Correct the number, or the households in the list of okrugs."),
    ),
    "alarm_closed": (_("Somebody has looked at this rise already."), _("Load the page anew.")),
    "pattern_without_template": (
        _("The ruse has no template that could become a draft."),
        _("Name one under templates: in its file in content/patterns."),
    ),
}


def say(code: str, values: Mapping[str, object] | None = None) -> Sentence:
    """The sentence for a code, in the current language; an unknown code is shown as it is, never hidden."""
    what, do = SENTENCES.get(code, (code, ""))
    filled = {key: _said(value) for key, value in (values or {}).items()}
    return Sentence(_fill(gettext(what) if what else "", filled), _fill(gettext(do) if do else "", filled))


def _said(value: object) -> str:
    """A fraction as the language writes it, and none where there is none: 4,8 in Kazakh and Russian, 16 for 16.0."""
    return formats.number_format(str(value).removesuffix(".0")) if isinstance(value, float) else str(value)


def _fill(text: str, values: Mapping[str, str]) -> str:
    try:
        return text % values if "%(" in text else text
    except (KeyError, ValueError):
        return text
