/** Elements written as calls, and the few words of the page in the reader's language. */

/** `h("p", { class: "x", onclick: f }, "text", child)`; null children and false attributes are left out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let made = 0;
/** An id that no other element of the page has. */
export const newId = (kind) => `${kind}-${++made}`;

const CHINESE = {
  "Ask as": "身份",
  Start: "开始",
  "Start again": "重新开始",
  Submit: "提交",
  Send: "发送",
  Skip: "跳过",
  Done: "完成",
  Back: "返回上一步",
  "Back to here": "退回到此",
  Change: "修改",
  Cancel: "取消",
  "Go back": "确认返回",
  "Go back?": "返回上一步？",
  "Opens again:": "重新打开：",
  "Undone:": "撤销：",
  "Calls taken back:": "撤回的调用：",
  "So far": "进展",
  Variables: "变量",
  "Web form": "网页表单",
  Chat: "聊天",
  Channel: "渠道",
  completed: "已完成",
  active: "进行中",
  waiting: "等待中",
  failed: "失败",
  cancelled: "已取消",
  "rolled back": "已回退",
  "Open tasks": "待办",
  Add: "补充",
  "Add one": "添加一项",
  Remove: "移除",
  Clear: "清除",
  optional: "选填",
  "Nothing chosen": "未选择",
  Refresh: "刷新",
  due: "截止",
  by: "由",
  "Who you are": "当前身份",
  "Nobody's turn": "等待中",
  "The flow goes on by itself, or waits for somebody else.": "流程自动继续，或在等待他人。",
  "It waits for": "等待角色",
  "Switch with “Ask as”, or wait.": "请切换身份，或等待。",
  "It waits for a message. As the other side, send it:": "等待消息。您可以扮演对方发送：",
  "Send the message": "发送消息",
  "The flow has ended.": "流程已结束。",
  "Please correct:": "请更正：",
  "Please correct what is marked.": "请更正标出的内容。",
  "All answered.": "已全部回答。",
  "Sign here, or type your name:": "请在此签名，或输入姓名：",
  "Choose a photo": "选择照片",
  "This is no JSON.": "不是有效的 JSON。",
  "Try again": "重试",
  Claim: "认领",
  Release: "放弃认领",
  Comments: "备注",
  "Add a comment": "添加备注",
  "Claimed by": "已由他人认领",
  "No answer came: try again.": "没有响应，请重试。",
  "There is no such flow, or it is not yours to see.": "没有这个流程，或您无权查看。",
};

/** The word in the reader's language; the English word is its name. */
export const say = (word) => (navigator.language.startsWith("zh") ? (CHINESE[word] ?? word) : word);
