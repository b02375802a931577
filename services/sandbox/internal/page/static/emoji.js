// Shortcodes that matter, as Unicode. What is not here stays as it is written.
const table = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|eyes 👀|tada 🎉|fire 🔥|heart ❤️|rocket 🚀|pray 🙏|clap 👏|wave 👋|muscle 💪|100 💯|joy 😂
smile 😄|grinning 😀|slightly_smiling_face 🙂|thinking_face 🤔|sweat_smile 😅|sob 😭|scream 😱|sleeping 😴|sunglasses 😎|raised_hands 🙌
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|warning ⚠️|rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑
information_source ℹ️|question ❓|exclamation ❗|bangbang ‼️|bulb 💡|bell 🔔|no_bell 🔕|mute 🔇|speaker 🔈|loudspeaker 📢|mega 📣
red_circle 🔴|large_red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|large_purple_circle 🟣
white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_orange_square 🟧|large_yellow_square 🟨|large_green_square 🟩|large_blue_square 🟦
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|watch ⌚
clock1 🕐|calendar 📆|date 📅|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|recycle ♻️|wastebasket 🗑️|broom 🧹|package 📦|computer 💻
desktop_computer 🖥️|floppy_disk 💾|cd 💿|file_cabinet 🗄️|electric_plug 🔌|battery 🔋|satellite 📡|globe_with_meridians 🌐|cloud ☁️|zap ⚡|boom 💥
bug 🐛|lock 🔒|unlock 🔓|key 🔑|shield 🛡️|mag 🔍|link 🔗|pushpin 📌|round_pushpin 📍|memo 📝|clipboard 📋|book 📖|notebook 📓|scroll 📜
robot_face 🤖|ghost 👻|snail 🐌|turtle 🐢|whale 🐳|crab 🦀|elephant 🐘|coffee ☕|pizza 🍕|moneybag 💰|dollar 💵|money_with_wings 💸|gem 💎
arrow_up ⬆️|arrow_down ⬇️|arrow_right ➡️|arrow_left ⬅️|arrow_upper_right ↗️|arrow_lower_right ↘️|arrows_counterclockwise 🔄|repeat 🔁
arrow_forward ▶️|double_vertical_bar ⏸️|black_square_for_stop ⏹️|heavy_plus_sign ➕|heavy_minus_sign ➖|small_red_triangle 🔺|small_red_triangle_down 🔻
zzz 💤|sleeping_accommodation 🛌|crescent_moon 🌙|sunny ☀️|snowflake ❄️|droplet 💧|seedling 🌱|busts_in_silhouette 👥|bust_in_silhouette 👤|raising_hand 🙋
point_right 👉|point_left 👈|point_up ☝️|point_down 👇|ok_hand 👌|handshake 🤝|brain 🧠|test_tube 🧪|microscope 🔬|construction 🚧|checkered_flag 🏁
speech_balloon 💬|left_speech_bubble 🗨️|email 📧|inbox_tray 📥|outbox_tray 📤|bookmark 🔖|label 🏷️|star ⭐|sparkles ✨|dizzy 💫|trophy 🏆|medal 🏅`;

const codes = new Map();
for (const pair of table.trim().split(/[|\n]/)) {
  const [name, char] = pair.trim().split(' ');
  codes.set(name, char);
}

// emoji returns the character of a shortcode without its colons, or undefined.
export const emoji = (name) => codes.get(name.replace(/::skin-tone-\d$/, ''));

// search lists shortcodes that begin with, or else contain, a text.
export function search(text, limit = 8) {
  const names = [...codes.keys()];
  const found = names.filter((n) => n.startsWith(text));
  return found.concat(names.filter((n) => !n.startsWith(text) && n.includes(text))).slice(0, limit)
    .map((name) => ({ name, char: codes.get(name) }));
}

// frequent are offered first for a reaction.
export const frequent = ['white_check_mark', 'eyes', '+1', 'tada', 'fire', 'heart', 'rocket', 'pray', 'raised_hands', 'thinking_face', 'warning', 'x'];
